// SPDX-License-Identifier: GPL-2.0-only
//! Copying a file with its holes.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::ftruncate;

use crate::crc::Piece;
use crate::error::{Error, ErrorKind, Result};
use crate::range::Span;
use crate::whole::segments;

/// Bytes a step.
const STEP: u64 = 1 << 20;

/// A part of a copy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) len: u64,
}

/// A description of our own of the same file, so that file positions of others stay where they are.
pub(crate) fn reopen(file: BorrowedFd<'_>, write: bool, what: &str) -> Result<File> {
    File::options()
        .read(true)
        .write(write)
        .open(format!("/proc/self/fd/{}", file.as_raw_fd()))
        .map_err(|error| Error::io(ErrorKind::Host, "openat", "open", what, &error))
}

/// Cuts a segment into steps; `to` is where its first byte goes.
pub(super) fn steps(segment: Span, to: u64) -> impl Iterator<Item = Step> {
    (segment.start..segment.end)
        .step_by(STEP as usize)
        .map(move |from| Step {
            from,
            to: to + (from - segment.start),
            len: STEP.min(segment.end - from),
        })
}

/// Copies the steps; the sum of each in order. Ends early, with [`ErrorKind::Cancelled`], once `stop` is set.
pub(super) fn copy(
    source: (&File, &str),
    target: (&File, &str),
    steps: &[Step],
    threads: usize,
    stop: &AtomicBool,
) -> Result<Vec<Piece>> {
    stasis_parallel::map_on(threads, steps.len(), |index| {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::cancelled("copy", source.1));
        }
        let step = steps[index];
        let mut buffer = vec![0; step.len as usize];
        source.0.read_exact_at(&mut buffer, step.from).map_err(|error| {
            Error::io(
                ErrorKind::Host,
                "pread",
                "read",
                format!("offset {:#x} of {}", step.from, source.1),
                &error,
            )
        })?;
        target
            .0
            .write_all_at(&buffer, step.to)
            .map_err(|error| Error::io(ErrorKind::Host, "pwrite", "write", target.1, &error))?;
        Ok(Piece::of(&buffer))
    })
}

/// Gives `target` the size and content of `source`, leaving holes holes. Both are opened anew, so
/// file positions stay; the copy goes on `threads` threads. Returns the bytes that were data.
///
/// # Errors
/// A file that cannot be read or written.
pub fn copy_sparse(
    source: BorrowedFd<'_>,
    target: BorrowedFd<'_>,
    what: &str,
    threads: usize,
) -> Result<u64> {
    let from = reopen(source, false, what)?;
    let to = reopen(target, true, "copy")?;
    let size = from
        .metadata()
        .map_err(|e| Error::io(ErrorKind::Host, "fstat", "read the size of", what, &e))?
        .len();
    ftruncate(to.as_fd(), size).map_err(|e| Error::os(ErrorKind::Host, "ftruncate", "size", "copy", e))?;
    let data = segments(from.as_fd(), size, what)?;
    let steps: Vec<_> = data
        .into_iter()
        .flat_map(|segment| steps(segment, segment.start))
        .collect();
    let never = AtomicBool::new(false);
    copy((&from, what), (&to, "copy"), &steps, threads, &never)?;
    Ok(steps.iter().map(|step| step.len).sum())
}
