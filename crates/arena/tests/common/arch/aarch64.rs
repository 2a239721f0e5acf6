// SPDX-License-Identifier: GPL-2.0-only
//! aarch64.
//!
//! # Safety
//! Does not come back.

use std::arch::asm;

/// Goes on at the interpreter's entry, in a state as a task may have been stopped in: flags set.
pub(super) unsafe fn enter(entry: usize, base: usize, strand: u32, stack: usize) -> ! {
    // SAFETY: see above.
    unsafe {
        asm!("mov sp, x2", "mov x3, #0xf0000000", "msr nzcv, x3", "br x16", in("x2") stack,
            in("x16") entry, in("x0") base, in("x1") u64::from(strand), options(noreturn));
    }
}
