// SPDX-License-Identifier: GPL-2.0-only
//! aarch64.
//!
//! # Safety
//! The kernel changes x0 only; the child never comes out of the assembly.
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
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x0, x11",
            "blr x10",
            "brk #1",
            "2:",
            in("x10") function,
            in("x11") data,
            in("x8") libc::SYS_clone3,
            inlateout("x0") arguments as isize => result,
            in("x1") size,
            lateout("x30") _,
        );
    }
    result
}
