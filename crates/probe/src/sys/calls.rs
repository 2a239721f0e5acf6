// SPDX-License-Identifier: GPL-2.0-only
//! Calls about this process.
#![allow(unsafe_code)]
// Safety: every pointer passed is to a local that outlives its call and has the size the kernel is told or
// the call defines; none of the calls changes memory of this process otherwise.

use super::pages::last_error;
use linux_raw_sys::general::{clone_args, membarrier_cmd};
use linux_raw_sys::prctl::{
    PR_SET_MM, PR_SET_MM_MAP_SIZE, PR_TIMER_CREATE_RESTORE_IDS, PR_TIMER_CREATE_RESTORE_IDS_GET,
};
use rustix::io::{Errno, Result};

/// `include/uapi/linux/kcmp.h`.
const KCMP_VM: i32 = 1;

/// `kcmp(KCMP_VM)` of this process with itself: 0, or an order that nothing has with itself.
pub(crate) fn kcmp_self() -> Result<i64> {
    let pid = rustix::process::getpid().as_raw_nonzero().get();
    // SAFETY: numbers only.
    let answer = unsafe { libc::syscall(libc::SYS_kcmp, pid, pid, KCMP_VM, 0, 0) };
    if answer < 0 { Err(last_error()) } else { Ok(answer) }
}

/// Reads a number of this process through `process_vm_readv(2)`.
pub(crate) fn read_self(value: &u64) -> Result<u64> {
    let mut copy = 0u64;
    let pid = rustix::process::getpid().as_raw_nonzero().get();
    let local = libc::iovec {
        iov_base: (&raw mut copy).cast(),
        iov_len: size_of::<u64>(),
    };
    let remote = libc::iovec {
        iov_base: std::ptr::from_ref(value).cast_mut().cast(),
        iov_len: size_of::<u64>(),
    };
    // SAFETY: both vectors describe live numbers; `remote` is only read.
    let read = unsafe { libc::process_vm_readv(pid, &local, 1, &remote, 1, 0) };
    if read < 0 { Err(last_error()) } else { Ok(copy) }
}

/// `clone3(2)` that asks for the pid of this very process, which is taken: makes no child, ever. The error
/// tells how far the kernel came: `EPERM` before it looked for the pid, `EEXIST` after.
pub(crate) fn clone3_with_own_pid() -> Errno {
    let taken = rustix::process::getpid().as_raw_nonzero().get();
    // SAFETY: the structure is plain numbers, all of which may be zero.
    let mut args: clone_args = unsafe { std::mem::zeroed() };
    args.exit_signal = libc::SIGCHLD as u64;
    args.set_tid = (&raw const taken).addr() as u64;
    args.set_tid_size = 1;
    // SAFETY: `args` is of the size given, `set_tid` points to one pid. There is no new stack because there
    // is no child: while this process lives its pid is taken.
    match unsafe { libc::syscall(libc::SYS_clone3, &raw const args, size_of::<clone_args>()) } {
        // SAFETY: cannot be reached; a child, if there were one, must not go on as a second this.
        0 => unsafe { libc::_exit(0) },
        -1 => last_error(),
        _ => Errno::IO,
    }
}

/// The size of `struct prctl_mm_map` (`PR_SET_MM_MAP_SIZE`).
pub(crate) fn mm_map_size() -> Result<u32> {
    let mut size = 0u32;
    // SAFETY: the kernel writes one u32.
    let result = unsafe { libc::prctl(PR_SET_MM as i32, PR_SET_MM_MAP_SIZE, &raw mut size, 0, 0) };
    if result == 0 { Ok(size) } else { Err(last_error()) }
}

/// What this process has registered for (`MEMBARRIER_CMD_GET_REGISTRATIONS`, include/uapi/linux/membarrier.h).
pub(crate) fn membarrier_registrations() -> Result<i64> {
    let command = membarrier_cmd::MEMBARRIER_CMD_GET_REGISTRATIONS as u32;
    // SAFETY: numbers only; it asks and sets nothing.
    let registrations = unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) };
    if registrations < 0 {
        Err(last_error())
    } else {
        Ok(registrations)
    }
}

/// Whether this process creates timers with chosen ids (`PR_TIMER_CREATE_RESTORE_IDS_GET`).
pub(crate) fn timer_restore_ids() -> Result<i32> {
    // SAFETY: numbers only; it asks and sets nothing.
    let state = unsafe {
        libc::prctl(
            PR_TIMER_CREATE_RESTORE_IDS as i32,
            PR_TIMER_CREATE_RESTORE_IDS_GET,
            0,
            0,
            0,
        )
    };
    if state < 0 { Err(last_error()) } else { Ok(state) }
}
