// SPDX-License-Identifier: GPL-2.0-only
//! Writing images.

use std::fs::File;
use std::io::Write;
use std::os::fd::BorrowedFd;

use rustix::fs::{Mode, OFlags, openat};

use crate::error::{Error, ErrorKind, Result};

/// Name, size and checksum of a file, as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSum {
    /// Its name in the directory.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// CRC-32 (IEEE).
    pub crc: u32,
}

/// A new file, mode 0600 whatever the umask takes; one that exists is refused.
pub(crate) fn create(dir: BorrowedFd<'_>, name: &str) -> Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(dir, name, flags, Mode::RUSR | Mode::WUSR)
        .map(File::from)
        .map_err(|errno| Error::os(ErrorKind::Host, "openat", "create", name, errno))
}

pub(crate) fn write_image(dir: BorrowedFd<'_>, name: &str, bytes: &[u8]) -> Result<FileSum> {
    create(dir, name)?
        .write_all(bytes)
        .map_err(|error| Error::io(ErrorKind::Host, "write", "write", name, &error))?;
    Ok(FileSum {
        name: name.to_owned(),
        size: bytes.len() as u64,
        crc: crc32fast::hash(bytes),
    })
}

/// Writes new files (mode 0600, `O_EXCL`) on up to `threads` threads. The sums are in the order given.
///
/// # Errors
/// The first file that exists or cannot be written.
pub fn write_images(dir: BorrowedFd<'_>, images: &[(&str, &[u8])], threads: usize) -> Result<Vec<FileSum>> {
    stasis_parallel::map_on(threads, images.len(), |index| {
        let (name, bytes) = images[index];
        write_image(dir, name, bytes)
    })
}
