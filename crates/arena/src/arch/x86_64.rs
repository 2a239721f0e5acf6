// SPDX-License-Identifier: GPL-2.0-only
//! x86_64.
//!
//! # Safety
//! The kernel changes rax, rcx and r11 only; the child never comes out of the assembly.
#![allow(unsafe_code)]

use std::arch::asm;
use std::ffi::c_void;

/// `clone3(arguments, size)`, whose child calls `function(data)` on the stack that the arguments name.
/// Result: the child's pid or `-errno`.
///
/// # Safety
/// The arguments name a stack that is the child's alone; `function` does what such a child may do.
pub(crate) unsafe fn clone3_call(
    arguments: *const c_void,
    size: usize,
    function: unsafe extern "C" fn(*mut c_void) -> !,
    data: *mut c_void,
) -> isize {
    let result: isize;
    // SAFETY: see above.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r13",
            "call r12",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 as isize => result,
            in("rdi") arguments,
            in("rsi") size,
            in("r12") function,
            in("r13") data,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}
