// SPDX-License-Identifier: GPL-2.0-only
//! The descriptors of one task, as `/proc/PID/fdinfo` lists them (`fs/proc/fd.c`).

use crate::error::{FilesError, Result};
use rustix::fs::{Dir, Mode, OFlags, open, openat};
use rustix::io::read;
use stasis_kernel_text::fdinfo::{self, FdKind};
use std::os::fd::OwnedFd;

/// `O_CLOEXEC` as the kernel prints it, the same on all supported architectures.
const CLOEXEC: u32 = 0o2_000_000;
/// `O_ACCMODE` and `O_PATH`: fixed when a description is opened, unlike what `F_SETFL` may change.
const FIXED: u32 = 0o3 | 0o10_000_000;

/// What descriptors of the same description must have in common. Cheap, and never changed by anyone
/// meanwhile (position and status flags may be, by a process outside the tree).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    ino: u64,
    mount: i32,
    fixed: u32,
    eventfd: i32,
}

impl Key {
    /// Inode number of the file, 0 before Linux 5.14.
    pub(crate) fn ino(&self) -> u64 {
        self.ino
    }
}

/// One descriptor.
#[derive(Debug)]
pub(crate) struct OpenFd {
    pub(crate) pid: i32,
    pub(crate) fd: i32,
    pub(crate) cloexec: bool,
    pub(crate) key: Key,
    /// Its fdinfo, where that has more than the lines every descriptor has; it serves locks and some kinds.
    pub(crate) extra: Option<Box<[u8]>>,
    pub(crate) flags: u32,
    pub(crate) pos: i64,
    pub(crate) mount: i32,
}

/// Tasks that are worth a thread of their own: starting one costs as much as listing a few descriptors.
const TASKS_A_THREAD: usize = 16;

/// [`list`] of many tasks, in their order.
///
/// # Errors
/// As of [`list`].
pub(crate) fn list_all(pids: &[i32]) -> Result<Vec<Vec<OpenFd>>> {
    stasis_parallel::map(pids, TASKS_A_THREAD, |pid| list(*pid))
}

/// All descriptors of a task in ascending order. One that is closed meanwhile is left out.
///
/// # Errors
/// The task is gone, or not ours to look at.
pub(crate) fn list(pid: i32) -> Result<Vec<OpenFd>> {
    let failed = |call, error: rustix::io::Errno| FilesError::io("list the descriptors", pid, call, error);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    stasis_fault::at("dump.descriptors")
        .map_err(|e| FilesError::io("list the descriptors", pid, "open", e))?;
    let folder = open(format!("/proc/{pid}/fdinfo"), flags, Mode::empty()).map_err(|e| failed("open", e))?;
    let mut numbers = Vec::new();
    for entry in Dir::read_from(&folder).map_err(|e| failed("open", e))? {
        let entry = entry.map_err(|e| failed("getdents64", e))?;
        if let Some(fd) = entry
            .file_name()
            .to_str()
            .ok()
            .and_then(|name| name.parse::<i32>().ok())
        {
            numbers.push(fd);
        }
    }
    numbers.sort_unstable();
    let mut text = Vec::with_capacity(4096);
    let mut found = Vec::with_capacity(numbers.len());
    for fd in numbers {
        match read_one(&folder, pid, fd, &mut text) {
            Ok(open) => found.push(open),
            Err(error) if error.is_gone() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The fdinfo of a descriptor of our own.
pub(crate) fn own(fd: i32) -> Result<OpenFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = open("/proc/self/fdinfo", flags, Mode::empty())
        .map_err(|e| FilesError::io("look at a descriptor in flight", 0, "open", e))?;
    read_one(&folder, std::process::id() as i32, fd, &mut Vec::new())
}

fn read_one(folder: &OwnedFd, pid: i32, fd: i32, text: &mut Vec<u8>) -> Result<OpenFd> {
    let failed =
        |call, e: rustix::io::Errno| FilesError::io("read fdinfo", pid, call, e).of(format!("of fd {fd}"));
    stasis_fault::at("dump.descriptor")
        .map_err(|e| FilesError::io("read fdinfo", pid, "open", e).of(format!("of fd {fd}")))?;
    let file = openat(
        folder,
        fd.to_string(),
        OFlags::RDONLY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(|e| failed("open", e))?;
    text.clear();
    loop {
        text.reserve(2048);
        let room = text.capacity() - text.len();
        let length = read(&file, rustix::buffer::spare_capacity(text)).map_err(|e| failed("read", e))?;
        // The whole text is one record of its seq_file (`single_open`): short means that this was all of it.
        if length < room {
            break;
        }
    }
    let info = fdinfo::parse(text)
        .map_err(|e| FilesError::because("read fdinfo", pid, e).of(format!("of fd {fd}")))?;
    let eventfd = if let FdKind::Eventfd(eventfd) = &info.kind {
        eventfd.id.unwrap_or(0)
    } else {
        0
    };
    let key = Key {
        ino: info.ino.unwrap_or(0),
        mount: info.mnt_id,
        fixed: info.flags & FIXED,
        eventfd,
    };
    let plain = info.kind == FdKind::Plain && info.locks.is_empty();
    Ok(OpenFd {
        pid,
        fd,
        cloexec: info.flags & CLOEXEC != 0,
        key,
        flags: info.flags & !CLOEXEC,
        pos: info.pos,
        mount: info.mnt_id,
        extra: (!plain).then(|| text.as_slice().into()),
    })
}
