// SPDX-License-Identifier: GPL-2.0-only
//! `semctl(2)`: who has last changed a System V semaphore.
//!
//! # Safety
//! `GETPID` takes numbers only.
#![allow(unsafe_code)]

use std::io;

/// The process that has last completed a semop(2) on a semaphore; 0 where none has.
pub(crate) fn last_user(set: i32, number: i32) -> io::Result<i32> {
    // SAFETY: numbers only; GETPID has no fourth argument.
    match unsafe { libc::semctl(set, number, libc::GETPID) } {
        -1 => Err(io::Error::last_os_error()),
        pid => Ok(pid),
    }
}
