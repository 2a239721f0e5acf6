// SPDX-License-Identifier: GPL-2.0-only
//! System calls by meaning: the table behind [`stasis_abi::Sys`], and the few calls that the
//! interpreter makes on its own account.
//!
//! # Safety
//! The calls here touch no memory but the words passed by reference.

use core::sync::atomic::AtomicU32;

use stasis_abi::Sys;

use crate::arch::{numbers::number, sys::syscall};

/// Numbers in the order of [`Sys::ALL`], so that the wire number is the index.
static NUMBERS: [u16; Sys::ALL.len()] = {
    let mut table = [0; Sys::ALL.len()];
    let mut at = 0;
    while at < table.len() {
        table[at] = number(Sys::ALL[at]);
        at += 1;
    }
    table
};

/// `errno` values the interpreter itself reports or acts on, negative as the kernel's.
pub const EEXIST: isize = -17;
pub const EINVAL: isize = -22;
pub const ENOSYS: isize = -38;
pub const ELOOP: isize = -40;

/// Not private: each task maps the arena at an address of its own.
const FUTEX_WAIT: u64 = 0;
const FUTEX_WAKE: u64 = 1;
pub const SIGKILL: u64 = 9;

/// The system call with wire number `wire`.
///
/// # Safety
/// As safe as the call that is made.
pub unsafe fn by_wire(wire: u16, arguments: [u64; 6]) -> isize {
    match NUMBERS.get(wire as usize) {
        // SAFETY: the caller's affair.
        Some(&number) => unsafe { syscall(number as usize, arguments) },
        None => ENOSYS,
    }
}

/// The system call `call`; missing arguments are 0.
///
/// # Safety
/// As safe as the call that is made.
pub unsafe fn call<const N: usize>(call: Sys, given: [u64; N]) -> isize {
    let mut arguments = [0; 6];
    for (slot, value) in arguments.iter_mut().zip(given) {
        *slot = value;
    }
    // SAFETY: the caller's affair.
    unsafe { syscall(number(call) as usize, arguments) }
}

/// Sleeps while `word` is `value`, at most `timeout` (seconds, nanoseconds) where there is one.
///
/// Without a timeout the kernel does not touch the task's restart block, so that a system call
/// interrupted before the blob came can still be restarted (`kernel/futex/waitwake.c`).
pub fn futex_wait(word: &AtomicU32, value: u32, timeout: Option<&[i64; 2]>) {
    let timeout = timeout.map_or(0, |time| time.as_ptr() as u64);
    // SAFETY: reads the word and the timeout, both borrowed for the call.
    unsafe {
        call(
            Sys::Futex,
            [word.as_ptr() as u64, FUTEX_WAIT, u64::from(value), timeout],
        )
    };
}

/// Wakes everyone who sleeps on `word`.
pub fn futex_wake(word: &AtomicU32) {
    // SAFETY: uses the word's address only.
    unsafe { call(Sys::Futex, [word.as_ptr() as u64, FUTEX_WAKE, i32::MAX as u64]) };
}

/// Ends this process by `SIGKILL`, or by its exit code where that does not work (the init of a PID
/// namespace is immune to its own signals).
pub fn die() -> ! {
    loop {
        // SAFETY: no memory is touched.
        unsafe {
            let pid = call(Sys::Getpid, []);
            call(Sys::Kill, [pid as u64, SIGKILL]);
            call(Sys::ExitGroup, [128 + SIGKILL]);
        }
    }
}
