// SPDX-License-Identifier: GPL-2.0-only
//! Entry points and the ways into and out of a strand, aarch64.
//!
//! # Safety
//! The assembly keeps the AAPCS64's rules at each call: the stack pointer is aligned to 16.

use core::arch::asm;

/// The blob's first instruction: `x0` = arena base, `x1` = strand index, `sp` = top of that
/// strand's stack, every other register as it may be. Never returns.
#[macro_export]
macro_rules! blob_entry {
    () => {
        core::arch::global_asm!(
            ".section .text.entry, \"ax\", %progbits",
            ".globl stasis_blob_entry",
            ".type stasis_blob_entry, %function",
            "stasis_blob_entry:",
            "mov x29, xzr",
            "mov x30, xzr",
            "bl {run}",
            "brk #1",
            ".size stasis_blob_entry, . - stasis_blob_entry",
            ".text",
            run = sym $crate::run,
        );
    };
}

/// A static executable's `_start`, which calls the given `extern "C" fn(*const usize) -> !` with the address of
/// the argument count that the kernel left on the stack.
#[macro_export]
macro_rules! seed_start {
    ($main:path) => {
        core::arch::global_asm!(
            ".globl _start",
            ".type _start, %function",
            "_start:",
            "mov x29, xzr",
            "mov x30, xzr",
            "mov x0, sp",
            "bl {main}",
            "brk #1",
            main = sym $main,
        );
    };
}

/// `clone3(arguments, size)`; in the child, whose stack pointer comes from the arguments, the
/// strand `index` of the arena at `base` runs instead of a return. Result: child's tid or `-errno`.
///
/// # Safety
/// The arguments must name a stack of the child's own.
pub unsafe fn clone_into(arguments: *const u8, size: usize, base: *mut u8, index: u32) -> isize {
    let result: isize;
    // SAFETY: the kernel changes x0 only; the child never comes out of this block.
    unsafe {
        asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x30, xzr",
            "mov x0, x10",
            "mov x1, x11",
            "bl {run}",
            "brk #1",
            "2:",
            run = sym crate::run,
            in("x10") base,
            in("x11") u64::from(index),
            in("x8") 435_usize,
            inlateout("x0") arguments as isize => result,
            in("x1") size,
            lateout("x30") _,
        );
    }
    result
}

/// `rt_sigreturn` with the stack pointer at `frame`.
///
/// # Safety
/// `frame` must be the `struct rt_sigframe` of a valid frame, aligned to 16.
pub unsafe fn sigreturn(frame: *const u8) -> ! {
    // SAFETY: does not come back; the caller vouches for the frame.
    unsafe { asm!("mov sp, {}", "mov x8, #139", "svc 0", "brk #1", in(reg) frame, options(noreturn)) }
}

/// Seed only: goes on at the blob's entry point with the arena, strand 0 and its stack.
///
/// # Safety
/// `entry` must be a mapped blob, `stack` the top of the strand's stack.
pub unsafe fn enter(entry: usize, base: *mut u8, stack: *mut u8) -> ! {
    // SAFETY: does not come back; the caller vouches for the addresses.
    unsafe {
        asm!("mov sp, x2", "br x16", in("x2") stack, in("x16") entry, in("x0") base,
            in("x1") 0_usize, options(noreturn))
    }
}
