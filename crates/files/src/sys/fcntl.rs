// SPDX-License-Identifier: GPL-2.0-only
//! The `fcntl(2)` queries of a description's owner (`fs/fcntl.c`). They read only: a duplicate shares its
//! description with the task it was taken from.
//!
//! # Safety
//! Each call passes a live descriptor and, where the command writes, a buffer of the size that command fills.
#![allow(unsafe_code)]

use std::os::fd::{AsRawFd, BorrowedFd};

/// Who gets the signals of `O_ASYNC`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Task, process or process group as `kind` says, 0 without.
    pub(crate) pid: i32,
    /// `F_OWNER_TID`, `F_OWNER_PID`, `F_OWNER_PGRP`: 0, 1, 2.
    pub(crate) kind: i32,
    /// `F_GETSIG`: 0 stands for SIGIO.
    pub(crate) signal: i32,
    /// Credentials on whose behalf the signals are sent (`F_GETOWNER_UIDS`, 3.6;
    /// `CONFIG_CHECKPOINT_RESTORE`).
    pub(crate) uid: u32,
    pub(crate) euid: u32,
}

/// `struct f_owner_ex` of `include/uapi/asm-generic/fcntl.h`.
#[repr(C)]
#[derive(Default)]
struct OwnerEx {
    kind: i32,
    pid: i32,
}

const F_GETOWN_EX: i32 = 16;
const F_GETSIG: i32 = 11;
const F_GETOWNER_UIDS: i32 = 17;

/// The owner of a description, all zero where there is none. An `O_PATH` description has none.
pub(crate) fn owner(fd: BorrowedFd<'_>) -> Owner {
    let fd = fd.as_raw_fd();
    let mut owner = Owner::default();
    let mut who = OwnerEx::default();
    // SAFETY: F_GETOWN_EX fills one `struct f_owner_ex`.
    let asked = unsafe { libc::fcntl(fd, F_GETOWN_EX, &raw mut who) };
    // SAFETY: takes no argument.
    let signal = unsafe { libc::fcntl(fd, F_GETSIG) };
    owner.signal = signal.max(0);
    if asked != 0 || who.pid == 0 {
        return owner;
    }
    (owner.pid, owner.kind) = (who.pid, who.kind);
    let mut uids = [0u32; 2];
    // SAFETY: F_GETOWNER_UIDS fills two `uid_t`.
    if unsafe { libc::fcntl(fd, F_GETOWNER_UIDS, uids.as_mut_ptr()) } == 0 {
        [owner.uid, owner.euid] = uids;
    }
    owner
}
