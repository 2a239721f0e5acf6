// SPDX-License-Identifier: GPL-2.0-only
//! Making a directory of images appear at its destination, whole or not at all.

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, RenameFlags, fsync, openat, renameat_with, statat, syncfs};
use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Result};

/// Threads that wait for the disk: it merges the cache flushes of those that wait together.
const WAITERS: usize = 8;

/// What an `fsync` costs, in bytes written back meanwhile: about half a millisecond at 1 GB/s.
const FSYNC: u64 = 512 << 10;

/// Brings every file of `parent/temporary` to the disk, renames the directory to `parent/last`, and
/// brings the rename to the disk. What exists at `last` already stays and is an error. `expected`: names and sizes of what
/// must be there: whoever tidies up a disk may have taken a file away meanwhile.
///
/// # Errors
/// [`ErrorKind::Host`]; the directory is then at `temporary`.
pub fn sync_and_rename(
    parent: BorrowedFd<'_>,
    temporary: &str,
    last: &str,
    expected: &[(String, u64)],
) -> Result<()> {
    let dir = open(parent, temporary)?;
    sync(&dir, temporary)?;
    expected.iter().try_for_each(|file| is_there(&dir, file))?;
    renameat_with(parent, temporary, parent, last, RenameFlags::NOREPLACE).map_err(|errno| {
        let error = Error::os(
            ErrorKind::Host,
            "renameat2",
            "rename image directory to",
            last,
            errno,
        );
        match errno {
            Errno::EXIST => error.hint("choose another directory or remove this one"),
            _ => error,
        }
    })?;
    fsync(parent).map_err(|errno| {
        // What may not last is not to stand there as if it did.
        let _ = renameat_with(parent, last, parent, temporary, RenameFlags::NOREPLACE);
        failed("fsync", last, errno)
    })
}

/// Brings every file of `parent/name` to the disk.
///
/// # Errors
/// [`ErrorKind::Host`].
pub fn sync_directory(parent: BorrowedFd<'_>, name: &str) -> Result<()> {
    sync(&open(parent, name)?, name)
}

fn open(parent: BorrowedFd<'_>, name: &str) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty()).map_err(|errno| failed("openat", name, errno))
}

fn is_there(dir: &OwnedFd, (name, size): &(String, u64)) -> Result<()> {
    let found =
        statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|errno| failed("fstatat", name, errno))?;
    if found.st_size.cast_unsigned() == *size {
        return Ok(());
    }
    let cause = format!(
        "it has {} bytes instead of {size}: somebody else wrote to it",
        found.st_size
    );
    Err(Error::new(ErrorKind::Host, "write back", name, cause))
}

/// One `syncfs` (which reports write errors since 5.8) brings a thousand small files down in the
/// time of twenty `fsync`, but waits for what everybody else has written to the file system too.
fn sync(dir: &OwnedFd, name: &str) -> Result<()> {
    let files = files(dir).map_err(|errno| failed("getdents64", name, errno))?;
    let own: u64 = files
        .iter()
        .filter_map(|file| statat(dir, file, AtFlags::SYMLINK_NOFOLLOW).ok())
        .map(|stat| stat.st_size.cast_unsigned())
        .sum();
    if dirty().is_some_and(|dirty| dirty.saturating_sub(own) < files.len() as u64 * FSYNC) {
        return syncfs(dir).map_err(|errno| failed("syncfs", name, errno));
    }
    stasis_parallel::map_on(WAITERS, files.len(), |index| {
        let (name, flags) = (&files[index], OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC);
        let failed = |call, errno| failed(call, &name.to_string_lossy(), errno);
        let file = openat(dir, name, flags, Mode::empty()).map_err(|errno| failed("openat", errno))?;
        fsync(file.as_fd()).map_err(|errno| failed("fsync", errno))
    })?;
    fsync(dir).map_err(|errno| failed("fsync", name, errno))
}

fn failed(call: &'static str, what: &str, errno: Errno) -> Error {
    Error::os(ErrorKind::Host, call, "write back", what, errno)
}

fn files(dir: &OwnedFd) -> rustix::io::Result<Vec<CString>> {
    Dir::read_from(dir)?
        .map(|entry| entry.map(|entry| entry.file_name().to_owned()))
        .filter(|name| !matches!(name, Ok(name) if name.as_c_str() == c"." || name.as_c_str() == c".."))
        .collect()
}

/// Bytes the whole machine has still to write, `/proc/meminfo`.
fn dirty() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kib = |name| -> Option<u64> {
        text.lines()
            .find_map(|line| line.strip_prefix(name))?
            .trim_end_matches("kB")
            .trim()
            .parse()
            .ok()
    };
    Some((kib("Dirty:")? + kib("Writeback:")?) << 10)
}
