// SPDX-License-Identifier: GPL-2.0-only
//! The same job for many items on a few threads, results in order.
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `job` for every item, the calling thread being one of those that work. No thread is started for fewer than
/// `share` items. The results are in the order of the items; of several errors that of the first item wins.
pub fn map<I: Sync, T: Send, E: Send>(
    items: &[I],
    share: usize,
    job: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(items.len() / share.max(1)).max(1);
    if threads == 1 {
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
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
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
