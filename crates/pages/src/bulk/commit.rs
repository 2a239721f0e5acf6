// SPDX-License-Identifier: GPL-2.0-only
//! Making a directory of images appear at its destination, whole or not at all.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{Dir, Mode, OFlags, RenameFlags, fsync, openat, renameat_with, syncfs};
use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Result};

/// From this many files on, one `syncfs` is cheaper than an `fsync` each.
const MANY: usize = 64;

/// Brings every file of `parent/temporary` to the disk, renames the directory to `parent/last`, and
/// brings the rename to the disk. What exists at `last` already stays and is an error.
///
/// # Errors
/// [`ErrorKind::Host`]; the directory is then still at `temporary`, unless the very last step failed.
pub fn sync_and_rename(parent: BorrowedFd<'_>, temporary: &str, last: &str) -> Result<()> {
    let failed = |call, what: &str, errno| Error::os(ErrorKind::Host, call, "write back", what, errno);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let dir = openat(parent, temporary, flags, Mode::empty()).map_err(|e| failed("openat", temporary, e))?;
    let entries: std::result::Result<Vec<_>, _> =
        Dir::read_from(&dir).and_then(Iterator::collect).map_err(|e| failed("getdents64", temporary, e));
    let entries: Vec<_> = entries?;
    if entries.len() >= MANY {
        syncfs(&dir).map_err(|errno| failed("syncfs", temporary, errno))?;
    } else {
        for entry in &entries {
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            let text = name.to_string_lossy();
            let file = openat(&dir, name, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
                .map_err(|errno| failed("openat", &text, errno))?;
            fsync(file.as_fd()).map_err(|errno| failed("fsync", &text, errno))?;
        }
        fsync(&dir).map_err(|errno| failed("fsync", temporary, errno))?;
    }
    renameat_with(parent, temporary, parent, last, RenameFlags::NOREPLACE).map_err(|errno| {
        let error = Error::os(ErrorKind::Host, "renameat2", "rename image directory to", last, errno);
        match errno {
            Errno::EXIST => error.hint("choose another directory or remove this one"),
            _ => error,
        }
    })?;
    fsync(parent).map_err(|errno| failed("fsync", last, errno))
}
