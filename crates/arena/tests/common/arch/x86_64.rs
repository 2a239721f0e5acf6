// SPDX-License-Identifier: GPL-2.0-only
//! x86_64.
//!
//! # Safety
//! Does not come back.

use std::arch::asm;

/// Goes on at the interpreter's entry, in a state as a task may have been stopped in: direction and alignment check set.
pub(super) unsafe fn enter(entry: usize, base: usize, strand: u32, stack: usize) -> ! {
    // SAFETY: see above.
    unsafe {
        asm!("mov rsp, rdx", "push 0x40602", "popfq", "jmp rax", in("rdx") stack,
            in("rax") entry, in("rdi") base, in("rsi") u64::from(strand), options(noreturn));
    }
}
