// SPDX-License-Identifier: GPL-2.0-only
//! Rates in bytes a second, best of a few rounds: the first touch of memory is several times slower
//! than the second, above all in virtual machines.

use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;
use std::time::Instant;

use rustix::fs::{AtFlags, unlinkat};

use crate::bulk::create;
use crate::error::{Error, ErrorKind, Result};
use crate::sys::{Buffer, Piece, read_task};

const ROUNDS: usize = 3;
const STEP: usize = 1 << 20;

/// Copying memory that is larger than any cache: `bytes` of each thread, at least 1 MiB.
///
/// # Errors
/// Not enough memory.
pub fn memcpy_rate(bytes: usize, threads: usize) -> Result<f64> {
    let mut pairs = Vec::new();
    for _ in 0..threads.max(1) {
        pairs.push((buffer(bytes)?, buffer(bytes)?));
    }
    best(bytes * pairs.len(), || {
        std::thread::scope(|scope| {
            for (from, to) in &mut pairs {
                scope.spawn(|| to.copy_from_slice(std::hint::black_box(from)));
            }
        });
        Ok(())
    })
}

/// Writing `bytes` into the page cache of a new file in `dir`, which is removed again; `threads`
/// threads write parts of it in turn.
///
/// # Errors
/// The file cannot be made, or there is no space.
pub fn write_rate(dir: BorrowedFd<'_>, bytes: usize, threads: usize) -> Result<f64> {
    const NAME: &str = ".stasis-write-rate";
    let from = buffer(STEP)?;
    best(bytes, || {
        let file = create(dir, NAME)?;
        let written = stasis_parallel::map_on(threads, bytes.div_ceil(STEP), |step| {
            file.write_all_at(&from, (step * STEP) as u64)
                .map_err(|error| Error::io(ErrorKind::Host, "pwrite", "write", NAME, &error))
        });
        unlinkat(dir, NAME, AtFlags::empty())
            .map_err(|errno| Error::os(ErrorKind::Host, "unlinkat", "remove", NAME, errno))?;
        written.map(drop)
    })
}

/// Reading memory with `process_vm_readv` into one reused buffer a thread. The memory read is our
/// own: the kernel takes the same way as for another task's.
///
/// # Errors
/// Not enough memory, or the call is not available.
pub fn readv_rate(bytes: usize, threads: usize) -> Result<f64> {
    let from = buffer(bytes)?;
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let address = from.as_ptr() as u64;
    let share = from.len() / threads.max(1);
    best(share * threads.max(1), || {
        stasis_parallel::map_on(threads, threads.max(1), |thread| {
            let mut into = buffer(STEP)?;
            for at in (thread * share..(thread + 1) * share).step_by(STEP) {
                let piece = Piece {
                    address: address + at as u64,
                    len: STEP.min((thread + 1) * share - at),
                };
                read_task(own, &[piece], &mut into[..piece.len]).map_err(|errno| {
                    Error::os(ErrorKind::Host, "process_vm_readv", "read", "own memory", errno)
                })?;
            }
            Ok(())
        })
        .map(drop)
    })
}

fn buffer(bytes: usize) -> Result<Buffer> {
    let mut buffer = Buffer::new(bytes.max(STEP)).map_err(|errno| {
        Error::os(
            ErrorKind::Host,
            "mmap",
            "get",
            format!("{bytes} bytes of memory"),
            errno,
        )
    })?;
    buffer.fill(0xa5);
    Ok(buffer)
}

fn best(bytes: usize, mut round: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut rate = 0f64;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        round()?;
        rate = rate.max(bytes as f64 / start.elapsed().as_secs_f64());
    }
    Ok(rate)
}
