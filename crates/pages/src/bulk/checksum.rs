// SPDX-License-Identifier: GPL-2.0-only
//! Checksums of large files.

use std::os::fd::BorrowedFd;

use rustix::io::{Errno, pread};

use crate::crc::{Piece, combine};
use crate::error::{Error, ErrorKind, Result};

/// Bytes a thread takes at once.
const PART: u64 = 4 << 20;

/// Bytes read at once: what fits the second-level cache with room to spare.
const STEP: usize = 256 << 10;

/// Size and CRC-32 (IEEE) of a file, on up to `threads` threads. `name` is for errors.
///
/// # Errors
/// [`ErrorKind::Image`] when it cannot be read or shrinks meanwhile.
pub fn checksum_file(file: BorrowedFd<'_>, name: &str, threads: usize) -> Result<(u64, u32)> {
    let size = rustix::fs::fstat(file)
        .map_err(|errno| Error::os(ErrorKind::Image, "fstat", "read the size of", name, errno))?
        .st_size
        .cast_unsigned();
    let parts = stasis_parallel::map_on(threads, size.div_ceil(PART) as usize, |index| {
        let start = index as u64 * PART;
        sum(file, start, PART.min(size - start), name)
    })?;
    Ok((size, combine(parts).crc))
}

fn sum(file: BorrowedFd<'_>, start: u64, len: u64, name: &str) -> Result<Piece> {
    let mut buffer = vec![0; STEP.min(len as usize)];
    let mut sum = crc32fast::Hasher::new();
    let mut done = 0;
    while done < len {
        let most = buffer.len().min((len - done) as usize);
        match pread(file, &mut buffer[..most], start + done) {
            Ok(0) => return Err(Error::image("read", name, "it became shorter while it was read")),
            Ok(bytes) => {
                sum.update(&buffer[..bytes]);
                done += bytes as u64;
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::os(ErrorKind::Image, "pread", "read", name, errno)),
        }
    }
    Ok(Piece {
        crc: sum.finalize(),
        len,
    })
}
