// SPDX-License-Identifier: GPL-2.0-only
//! Memory of another task: `process_vm_readv(2)`.
#![allow(unsafe_code)]
// Safety: local iovecs are made from slices borrowed for the call; remote ones are numbers that the
// kernel checks against the other task's address space and that are never dereferenced here.

use libc::{c_ulong, iovec};
use rustix::io::{Errno, Result};

/// Remote iovecs a call: `UIO_MAXIOV`, `include/uapi/linux/uio.h`.
const MOST: usize = 1024;

/// A part of the other task's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) address: u64,
    pub(crate) len: usize,
}

/// At most [`MOST`] pieces and `limit` bytes; the kernel wants both sides equally long.
fn remote(pieces: &[Piece], limit: usize) -> (usize, [iovec; MOST], usize) {
    let mut vectors = [iovec {
        iov_base: std::ptr::null_mut(),
        iov_len: 0,
    }; MOST];
    let (mut count, mut total) = (0, 0);
    for (vector, piece) in vectors.iter_mut().zip(pieces) {
        if total == limit {
            break;
        }
        let len = piece.len.min(limit - total);
        *vector = iovec {
            iov_base: std::ptr::without_provenance_mut(piece.address as usize),
            iov_len: len,
        };
        total += len;
        count += 1;
    }
    (count, vectors, total)
}

fn answer(result: isize) -> Result<usize> {
    usize::try_from(result)
        .map_err(|_| Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO))
}

/// Reads the pieces one behind the other into `into`. Returns bytes read, possibly fewer: then the
/// first byte missing is at a page that cannot be read.
pub(crate) fn read_task(pid: i32, pieces: &[Piece], into: &mut [u8]) -> Result<usize> {
    let (count, vectors, total) = remote(pieces, into.len());
    let local = iovec {
        iov_base: into.as_mut_ptr().cast(),
        iov_len: total,
    };
    // SAFETY: `local` is a writable slice of at least `total` bytes.
    answer(unsafe { libc::process_vm_readv(pid, &raw const local, 1, vectors.as_ptr(), count as c_ulong, 0) })
}
