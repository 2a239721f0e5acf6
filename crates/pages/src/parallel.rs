// SPDX-License-Identifier: GPL-2.0-only
//! The same job for many items on a few threads, results in order.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;

/// Runs `job(0)…job(count - 1)` on up to `threads` threads; the error of the lowest index wins.
pub(crate) fn map<T: Send>(
    threads: usize,
    count: usize,
    job: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    if threads <= 1 || count <= 1 {
        return (0..count).map(job).collect();
    }
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return done;
            }
            let result = job(index);
            if result.is_err() {
                next.store(count, Ordering::Relaxed);
            }
            done.push((index, result));
        }
    };
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(count)).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .flat_map(|w| w.join().expect("a worker's own panic"))
            .collect()
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use crate::error::{Error, ErrorKind};

    #[test]
    fn order_and_first_error() {
        let squares = super::map(3, 100, |i| Ok(i * i)).unwrap();
        assert!(squares.iter().enumerate().all(|(i, square)| *square == i * i));
        let error = super::map(3, 100, |i| {
            if i >= 40 {
                Err(Error::new(ErrorKind::Host, "do", i.to_string(), "no"))
            } else {
                Ok(())
            }
        });
        assert_eq!(error.unwrap_err().object, "40");
    }
}
