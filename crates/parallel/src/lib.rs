// SPDX-License-Identifier: GPL-2.0-only
//! The same job for many items on a few threads, results in order.
#![forbid(unsafe_code)]

use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Scope, ScopedJoinHandle};

/// Runs `job` for every item on as many threads as there are processors, the calling one being one of them. No thread is
/// started for fewer than `share` items. The results are in the order of the items; of several errors that of the first
/// item wins.
pub fn map<I: Sync, T: Send, E: Send>(
    items: &[I],
    share: usize,
    job: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let mut threads = items.len() / share.max(1);
    if threads > 1 {
        threads = threads.min(allowed().count() as usize);
    }
    map_on(threads, items.len(), |index| job(&items[index]))
}

/// The same for `0..count` on up to `threads` threads, be it that most of them wait.
pub fn map_on<T: Send, E: Send>(
    threads: usize,
    count: usize,
    job: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let helpers = threads.min(count).saturating_sub(1);
    if helpers == 0 {
        return (0..count).map(job).collect();
    }
    let elsewhere = Some(elsewhere(allowed())).filter(|processors| helpers <= processors.count() as usize);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::with_capacity(count);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return done;
            }
            let result = job(index);
            if result.is_err() {
                // Whoever is at an earlier item still finishes it.
                next.store(count, Ordering::Relaxed);
            }
            done.push((index, result));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let others: Vec<_> = (0..helpers).map(|_| spawn(scope, elsewhere, work)).collect();
        let mut all = work();
        for other in others {
            all.extend(
                other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        all
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}

/// The processors that this thread may run on.
fn allowed() -> CpuSet {
    sched_getaffinity(None).unwrap_or_default()
}

/// The same without the one that it runs on now.
fn elsewhere(mut processors: CpuSet) -> CpuSet {
    processors.unset(sched_getcpu());
    processors
}

/// For one of several threads that begin the same long work, `nth` of them: sees to it that they do not begin on one processor.
///
/// Left to themselves threads would spread, too, but a kernel that packs them on few processors (those of small virtual
/// machines do) lets one that is new or woken wait behind its maker for a tick or two.
pub fn spread(nth: usize) {
    if nth == 0 {
        // The others may be waiting here for their chance to leave.
        std::thread::yield_now();
        return;
    }
    let all = allowed();
    let elsewhere = elsewhere(all);
    // From there on it may be moved wherever it might have been before.
    if elsewhere.count() > 0 && sched_setaffinity(None, &elsewhere).is_ok() {
        let _ = sched_setaffinity(None, &all);
    }
}

/// Starts a thread, on one of these processors if any are named: see [`spread`].
fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    processors: Option<CpuSet>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    let thread = scope.spawn(move || {
        if let Some(processors) = processors {
            // Where they have gone offline meanwhile it works here.
            let _ = sched_setaffinity(None, &processors);
        }
        work()
    });
    // It may be waiting here for its chance to leave.
    std::thread::yield_now();
    thread
}

#[cfg(test)]
mod tests {
    #[test]
    fn order_and_first_error() {
        let numbers: Vec<usize> = (0..100).collect();
        let squares = super::map(&numbers, 1, |n| Ok::<_, ()>(n * n)).unwrap();
        assert!(squares.iter().enumerate().all(|(i, square)| *square == i * i));
        for share in [1, 1000] {
            let error = super::map(&numbers, share, |n| if *n < 40 { Ok(()) } else { Err(*n) });
            assert_eq!(error, Err(40));
        }
        for threads in [0, 1, 3, 200] {
            let squares = super::map_on(threads, 100, |n| Ok::<_, ()>(n * n)).unwrap();
            assert!(squares.iter().enumerate().all(|(i, square)| *square == i * i));
        }
        assert_eq!(super::map_on(8, 0, Err::<(), _>), Ok(Vec::new()));
    }
}
