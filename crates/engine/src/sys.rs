// SPDX-License-Identifier: GPL-2.0-only
//! System calls about other tasks that no library wraps.
//!
//! Safety: each passes integers and pointers to locals of the size that the kernel is told.
#![allow(unsafe_code)]

use linux_raw_sys::general::membarrier_cmd;
use std::io::{Error, Result};

/// `struct sched_attr` (include/uapi/linux/sched/types.h), first version: 48 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SchedAttr {
    pub(crate) size: u32,
    pub(crate) policy: u32,
    pub(crate) flags: u64,
    pub(crate) nice: i32,
    pub(crate) priority: u32,
    pub(crate) runtime: u64,
    pub(crate) deadline: u64,
    pub(crate) period: u64,
}

pub(crate) fn sched_attr(tid: i32) -> Result<SchedAttr> {
    let mut attr = SchedAttr::default();
    // SAFETY: `attr` is of the size that is passed.
    let result = unsafe {
        libc::syscall(
            libc::SYS_sched_getattr,
            tid,
            &raw mut attr,
            size_of::<SchedAttr>(),
            0,
        )
    };
    check(result).map(|_| attr)
}

/// The CPU mask of a thread, as long as the kernel makes it.
pub(crate) fn affinity(tid: i32) -> Result<Vec<u8>> {
    let mut mask = vec![0u8; 1024];
    // SAFETY: `mask` is of the length that is passed.
    let result = unsafe { libc::syscall(libc::SYS_sched_getaffinity, tid, mask.len(), mask.as_mut_ptr()) };
    let length = check(result)?;
    mask.truncate(usize::try_from(length).unwrap_or(0));
    Ok(mask)
}

/// Head and length registered with `set_robust_list(2)`.
pub(crate) fn robust_list(tid: i32) -> Result<(u64, u64)> {
    let (mut head, mut length) = (0u64, 0u64);
    // SAFETY: both words outlive the call.
    let result = unsafe { libc::syscall(libc::SYS_get_robust_list, tid, &raw mut head, &raw mut length) };
    check(result).map(|_| (head, length))
}

pub(crate) fn membarrier(command: membarrier_cmd) -> Result<i64> {
    // SAFETY: integers only.
    check(unsafe { libc::syscall(libc::SYS_membarrier, command as u32, 0, 0) })
}

pub(crate) fn nice(tid: i32) -> Result<i32> {
    rustix::process::getpriority_process(rustix::process::Pid::from_raw(tid)).map_err(Into::into)
}

pub(crate) fn io_priority(tid: i32) -> Result<i32> {
    const IOPRIO_WHO_PROCESS: i32 = 1;
    // SAFETY: integers only.
    let result = unsafe { libc::syscall(libc::SYS_ioprio_get, IOPRIO_WHO_PROCESS, tid) };
    check(result).map(|value| i32::try_from(value).unwrap_or(0))
}

pub(crate) fn kill(pid: i32, signal: i32) -> Result<()> {
    // SAFETY: integers only.
    check(i64::from(unsafe { libc::kill(pid, signal) })).map(drop)
}

/// Waits for a child to end; `None` when `block` is false and it has not. The raw wait status.
pub(crate) fn wait_child(pid: i32, block: bool) -> Result<Option<i32>> {
    let mut status = 0;
    let flags = if block { 0 } else { libc::WNOHANG } | libc::__WALL;
    loop {
        // SAFETY: `status` outlives the call.
        let got = unsafe { libc::waitpid(pid, &raw mut status, flags) };
        match check(i64::from(got)) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(status)),
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn check(result: i64) -> Result<i64> {
    if result < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(result)
    }
}
