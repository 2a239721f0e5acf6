// SPDX-License-Identifier: GPL-2.0-only
//! New processes and threads, each on the stack of its own strand: the stacks are in the arena, which
//! is shared, so a child that kept its parent's stack would overwrite it.
//!
//! # Safety
//! The child's stack belongs to a strand that no other thread runs.

use core::mem::size_of;
use core::sync::atomic::AtomicU32;

use crate::arch::entry::clone_into;
use crate::calls::{EEXIST, EINVAL, futex_wait};
use crate::here::Here;

/// `struct clone_args`, version 1 (`include/uapi/linux/sched.h`, 5.5).
#[repr(C)]
struct CloneArgs {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
}

/// `CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM`.
const THREAD_FLAGS: u64 = 0x100 | 0x200 | 0x400 | 0x800 | 0x1_0000 | 0x4_0000;

/// How often, a millisecond apart, a pid that is taken is asked for again. It was free when the restore began: either a
/// passing process has it, or a dead task whose number the kernel, since 6.15, gives back only when it gets to it.
const ATTEMPTS: u32 = 1000;
const MILLISECOND: [i64; 2] = [0, 1_000_000];

pub fn process(here: &Here, args: &[u64; 6]) -> isize {
    clone(here, args[0], args[1], args[2])
}

pub fn thread(here: &Here, args: &[u64; 6]) -> isize {
    clone(here, args[0], THREAD_FLAGS, 0)
}

fn clone(here: &Here, index: u64, flags: u64, exit_signal: u64) -> isize {
    let Some(strand) = here.other(index) else {
        return EINVAL;
    };
    // The kernel only adds the two up; the real extent of the stack is nobody's business.
    let stack_size = 4096;
    let arguments = CloneArgs {
        flags,
        pidfd: 0,
        child_tid: 0,
        parent_tid: 0,
        exit_signal,
        stack: here.base as u64 + strand.stack_top - stack_size,
        stack_size,
        tls: 0,
        set_tid: if strand.tid == 0 {
            0
        } else {
            &raw const strand.tid as u64
        },
        set_tid_size: u64::from(strand.tid != 0),
    };
    let mut attempts = ATTEMPTS;
    loop {
        // SAFETY: the arguments are complete and name the strand's own stack.
        let made = unsafe {
            clone_into(
                (&raw const arguments).cast(),
                size_of::<CloneArgs>(),
                here.base,
                index as u32,
            )
        };
        attempts -= 1;
        if made != EEXIST || attempts == 0 {
            return made;
        }
        futex_wait(&AtomicU32::new(0), 0, Some(&MILLISECOND));
    }
}
