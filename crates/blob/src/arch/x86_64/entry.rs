// SPDX-License-Identifier: GPL-2.0-only
//! Entry points and the ways into and out of a strand, x86_64.
//!
//! # Safety
//! The assembly keeps the System V ABI's rules at each call: stack aligned to 16 before `call`,
//! direction flag clear.

use core::arch::asm;

/// The blob's first instruction: `rdi` = arena base, `rsi` = strand index, `rsp` = top of that
/// strand's stack, every other register as it may be. Never returns.
///
/// Flags are cleared, since the task may have been stopped with the direction or alignment flag set.
#[macro_export]
macro_rules! blob_entry {
    () => {
        core::arch::global_asm!(
            ".section .text.entry, \"ax\", @progbits",
            ".globl stasis_blob_entry",
            ".type stasis_blob_entry, @function",
            "stasis_blob_entry:",
            "and rsp, -16",
            "push 2",
            "popfq",
            "xor ebp, ebp",
            "call {run}",
            "ud2",
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
            ".type _start, @function",
            "_start:",
            "mov rdi, rsp",
            "and rsp, -16",
            "xor ebp, ebp",
            "call {main}",
            "ud2",
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
    // SAFETY: the kernel changes rax, rcx and r11 only; the child never comes out of this block.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r12",
            "mov esi, r13d",
            "call {run}",
            "ud2",
            "2:",
            run = sym crate::run,
            inlateout("rax") 435_isize => result,
            in("rdi") arguments,
            in("rsi") size,
            in("r12") base,
            in("r13") u64::from(index),
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}

/// `rt_sigreturn` with the stack pointer at `frame`.
///
/// # Safety
/// `frame` must be the `struct ucontext` of a valid frame.
pub unsafe fn sigreturn(frame: *const u8) -> ! {
    // SAFETY: does not come back; the caller vouches for the frame.
    unsafe { asm!("mov rsp, {}", "mov eax, 15", "syscall", "ud2", in(reg) frame, options(noreturn)) }
}

/// Seed only: goes on at the blob's entry point with the arena, strand 0 and its stack.
///
/// # Safety
/// `entry` must be a mapped blob, `stack` the top of the strand's stack.
pub unsafe fn enter(entry: usize, base: *mut u8, stack: *mut u8) -> ! {
    // SAFETY: does not come back; the caller vouches for the addresses.
    unsafe {
        asm!("mov rsp, rdx", "jmp rax", in("rdx") stack, in("rax") entry, in("rdi") base,
            in("rsi") 0_usize, options(noreturn))
    }
}
