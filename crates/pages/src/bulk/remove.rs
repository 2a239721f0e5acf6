// SPDX-License-Identifier: GPL-2.0-only
//! Removing a directory of images.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Result};

/// Removes `name` of `parent` and what is in it. Follows no symbolic link. Not being there is no error.
///
/// # Errors
/// Something in it cannot be removed.
pub fn remove_tree(parent: BorrowedFd<'_>, name: &str) -> Result<()> {
    let failed = |call, errno| Error::os(ErrorKind::Host, call, "remove", name, errno);
    match unlinkat(parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(errno) => return Err(failed("unlinkat", errno)),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let dir = openat(parent, name, flags, Mode::empty()).map_err(|errno| failed("openat", errno))?;
    let entries: std::result::Result<Vec<_>, _> = Dir::read_from(&dir)
        .map_err(|errno| failed("getdents64", errno))?
        .collect();
    for entry in entries.map_err(|errno| failed("getdents64", errno))? {
        let below = entry.file_name();
        if below == c"." || below == c".." {
            continue;
        }
        if entry.file_type() == FileType::Directory {
            remove_tree(dir.as_fd(), &below.to_string_lossy())?;
        } else {
            match unlinkat(&dir, below, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(_) => remove_tree(dir.as_fd(), &below.to_string_lossy())?,
            }
        }
    }
    unlinkat(parent, name, AtFlags::REMOVEDIR).map_err(|errno| failed("unlinkat", errno))
}
