// SPDX-License-Identifier: GPL-2.0-only
//! The parts of a file that hold data (`SEEK_DATA`, `SEEK_HOLE`; `lseek(2)`).

use std::os::fd::BorrowedFd;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Result};
use crate::range::Span;

/// Data segments below `size`, ascending, in bytes. A file system that knows no holes has one
/// segment. Moves the file position of `file`.
pub(crate) fn segments(file: BorrowedFd<'_>, size: u64, what: &str) -> Result<Vec<Span>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < size {
        let start = match seek(file, SeekFrom::Data(at)) {
            Ok(start) => start,
            Err(Errno::NXIO) => break,
            Err(Errno::INVAL | Errno::OPNOTSUPP) if at == 0 => return Ok(vec![Span { start: 0, end: size }]),
            Err(errno) => return Err(failed(what, errno)),
        };
        at = seek(file, SeekFrom::Hole(start)).map_err(|errno| failed(what, errno))?;
        if start < size {
            found.push(Span {
                start,
                end: at.min(size),
            });
        }
    }
    Ok(found)
}

fn failed(what: &str, errno: Errno) -> Error {
    Error::os(ErrorKind::Host, "lseek", "find the data of", what, errno)
}
