// SPDX-License-Identifier: GPL-2.0-only
//! The same job for many items on a few threads, results in order.
use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Scope, ScopedJoinHandle};

/// Runs `job` for every item, the calling thread being one of those that work. No thread is started for fewer than
/// `share` items. The results are in the order of the items; of several errors that of the first item wins.
pub fn map<I: Sync, T: Send, E: Send>(
    items: &[I],
    share: usize,
    job: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let elsewhere = match items.len() / share.max(1) {
        0 | 1 => Vec::new(),
        threads => elsewhere(threads - 1),
    };
    if elsewhere.is_empty() {
        return items.iter().map(job).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::with_capacity(items.len());
        while let Some((index, item)) = at(items, next.fetch_add(1, Ordering::Relaxed)) {
            let result = job(item);
            let failed = result.is_err();
            done.push((index, result));
            // Whoever is at an earlier item still finishes it.
            if failed {
                next.store(items.len(), Ordering::Relaxed);
            }
        }
        done
    };
    let mut all = std::thread::scope(|scope| {
        let others: Vec<_> = elsewhere.iter().map(|cpu| spawn_at(scope, *cpu, work)).collect();
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

/// At most `most` processors that this thread may run on and does not run on now.
fn elsewhere(most: usize) -> Vec<usize> {
    let here = sched_getcpu();
    let allowed = sched_getaffinity(None).unwrap_or_default();
    let others = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu) && *cpu != here);
    others.take(most).collect()
}

/// Starts a thread that begins on the given processor.
///
/// Left to themselves threads would get there, too, but a kernel that packs them on few processors (those of small virtual
/// machines do) may let a new one wait behind its maker for a tick or two, longer than most of what is done here takes.
fn spawn_at<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    cpu: usize,
    work: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    let thread = scope.spawn(move || {
        if let Ok(allowed) = sched_getaffinity(None) {
            let mut only = CpuSet::new();
            only.set(cpu);
            // A processor that has gone offline meanwhile is no reason to fail.
            let _ = sched_setaffinity(None, &only);
            let _ = sched_setaffinity(None, &allowed);
        }
        work()
    });
    // It may be waiting here for its chance to leave.
    std::thread::yield_now();
    thread
}

fn at<I>(items: &[I], index: usize) -> Option<(usize, &I)> {
    items.get(index).map(|item| (index, item))
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
    }
}
