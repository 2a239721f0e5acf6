// SPDX-License-Identifier: GPL-2.0-only
//! What runs in the child between `clone3` and `execveat`.
//!
//! # Safety
//! The child shares the caller's memory (`CLONE_VM`), as `posix_spawn` of libc does it and for the same
//! reason: copying the page tables of a large process takes milliseconds. Its caller sleeps meanwhile, all other
//! threads go on. So this code has a stack of its own, takes no lock, allocates nothing and only makes
//! system calls; `libc::syscall` writes at most the sleeping caller's `errno`. No signal handler runs in it:
//! all signals are blocked until the handlers have been reset.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_long, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::AtomicU32;

use crate::arch::clone3_call;

/// What is done, and the system call that does it.
pub(super) type Step = (&'static str, &'static str);

/// What the child works from, prepared by its caller, to whom it answers in the same place.
#[derive(Debug)]
pub(super) struct Plan {
    /// Descriptors to have, sorted by their new number; the sources, and the seed's
    /// file, are all above the highest new one.
    pub(super) descriptors: Vec<(c_int, c_int)>,
    pub(super) seed: c_int,
    pub(super) argument: std::ffi::CString,
    /// `clone_args` of the seed.
    pub(super) clone: CloneArgs,
    /// The process in between, 0 where there is none.
    pub(super) between: c_int,
    /// Not 0 as long as the child uses the caller's memory: cleared and woken by the kernel (`CLONE_CHILD_CLEARTID`).
    pub(super) alive: AtomicU32,
    /// Answers: errno and the call it belongs to, and the seed's pid.
    pub(super) errno: c_int,
    pub(super) failed: Step,
    pub(super) pid: isize,
}

/// `struct clone_args`, version 1 (`include/uapi/linux/sched.h`, 5.5).
#[repr(C)]
#[derive(Debug, Default)]
pub(super) struct CloneArgs {
    pub(super) flags: u64,
    pub(super) pidfd: u64,
    pub(super) child_tid: u64,
    pub(super) parent_tid: u64,
    pub(super) exit_signal: u64,
    pub(super) stack: u64,
    pub(super) stack_size: u64,
    pub(super) tls: u64,
    pub(super) set_tid: u64,
    pub(super) set_tid_size: u64,
}

const SEED: &CStr = c"stasis-seed";
const SIGNALS: c_int = 64;

/// Creates the seed's process.
///
/// # Safety
/// `plan` is complete, and nobody else's until the call comes back.
pub(super) unsafe fn create(plan: *mut Plan) -> isize {
    // SAFETY: the plan's, which outlives the call.
    let arguments = unsafe { &raw const (*plan).clone };
    // SAFETY: a stack of its own is part of the plan.
    unsafe { clone3_call(arguments.cast(), size_of::<CloneArgs>(), exec, plan.cast()) }
}

/// The process between the caller and an adopted seed: creates it and ends, which leaves it to be adopted.
///
/// # Safety
/// As [`create`].
pub(super) unsafe extern "C" fn between(plan: *mut c_void) -> ! {
    let plan = plan.cast::<Plan>();
    // SAFETY: the caller sleeps, and the seed's process does not exist yet.
    unsafe { (*plan).between = rustix::process::getpid().as_raw_nonzero().get() };
    // SAFETY: the caller's affair.
    let pid = unsafe { create(plan) };
    // SAFETY: the caller sleeps, and the seed's process does not touch this field.
    unsafe { (*plan).pid = pid };
    end()
}

/// The seed's process before it becomes the seed.
unsafe extern "C" fn exec(plan: *mut c_void) -> ! {
    let plan = plan.cast::<Plan>();
    // SAFETY: whoever shares it sleeps, or (the process in between) only writes to another field.
    if let Err((failed, errno)) = become_seed(unsafe { &*plan }) {
        // SAFETY: as above.
        unsafe { (*plan).failed = failed };
        // SAFETY: as above.
        unsafe { (*plan).errno = errno };
    }
    end()
}

/// So that no program sees the process in between as its parent. It ends at once.
fn wait_for_adoption(between: c_int) {
    // SAFETY: neither call touches memory.
    while between != 0 && unsafe { libc::syscall(libc::SYS_getppid) } == c_long::from(between) {
        // SAFETY: as above.
        unsafe { libc::syscall(libc::SYS_sched_yield) };
    }
}

fn become_seed(plan: &Plan) -> Result<(), (Step, c_int)> {
    // Handled signals have been reset by CLONE_CLEAR_SIGHAND, ignored ones stay ignored: Node.js ignores SIGPIPE.
    let default = [0_u64; 4];
    for signal in (1..=SIGNALS).filter(|signal| ![libc::SIGKILL, libc::SIGSTOP].contains(signal)) {
        call(
            ("reset signals", "rt_sigaction"),
            libc::SYS_rt_sigaction,
            [signal as u64, default.as_ptr() as u64, 0, 8, 0],
        )?;
    }
    let mut next = 0;
    for (from, to) in &plan.descriptors {
        close_between(next, *to as u64)?;
        call(
            ("pass descriptor", "dup3"),
            libc::SYS_dup3,
            [*from as u64, *to as u64, 0, 0, 0],
        )?;
        next = *to as u64 + 1;
    }
    // The seed's file is closed by exec.
    close_between(next, plan.seed as u64)?;
    close_between(plan.seed as u64 + 1, u64::from(u32::MAX) + 1)?;
    // Only now: until it is over nothing is held here that is the caller's, such as a socket that it is about to close.
    wait_for_adoption(plan.between);
    let none = 0_u64;
    call(
        ("unblock signals", "rt_sigprocmask"),
        libc::SYS_rt_sigprocmask,
        [2, &raw const none as u64, 0, 8, 0],
    )?;
    let arguments = [SEED.as_ptr(), plan.argument.as_ptr(), null()];
    let environment = [null_mut::<u8>()];
    let (argv, envp) = (arguments.as_ptr() as u64, environment.as_ptr() as u64);
    let file = [
        plan.seed as u64,
        c"".as_ptr() as u64,
        argv,
        envp,
        libc::AT_EMPTY_PATH as u64,
    ];
    call(("execute seed", "execveat"), libc::SYS_execveat, file)
}

/// Closes the descriptors from `first` up to but not including `end`.
fn close_between(first: u64, end: u64) -> Result<(), (Step, c_int)> {
    if first >= end {
        return Ok(());
    }
    call(
        ("close descriptors", "close_range"),
        libc::SYS_close_range,
        [first, end - 1, 0, 0, 0],
    )
}

fn call(what: Step, number: c_long, arguments: [u64; 5]) -> Result<(), (Step, c_int)> {
    let [a, b, c, d, e] = arguments;
    // SAFETY: each call above passes addresses of complete, living structures of its own.
    if unsafe { libc::syscall(number, a, b, c, d, e) } >= 0 {
        return Ok(());
    }
    Err((what, std::io::Error::last_os_error().raw_os_error().unwrap_or(0)))
}

fn end() -> ! {
    loop {
        // SAFETY: ends this process; touches no memory.
        unsafe { libc::syscall(libc::SYS_exit_group, 127) };
    }
}
