// SPDX-License-Identifier: GPL-2.0-only
//! The raw system call, aarch64.

use core::arch::asm;

/// Makes system call `number`; the result is the kernel's, a negative errno included.
///
/// # Safety
/// As safe as the call that is made.
#[inline]
pub unsafe fn syscall(number: usize, arguments: [u64; 6]) -> isize {
    let result: isize;
    // SAFETY: the kernel's convention; it changes x0 only, and memory.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") arguments[0] as isize => result,
            in("x1") arguments[1], in("x2") arguments[2], in("x3") arguments[3],
            in("x4") arguments[4], in("x5") arguments[5], options(nostack));
    }
    result
}

/// First address behind the user address space of which `inside` is a high address (the first stack): kernels are
/// built with 39, 42, 47 or 48 bits.
pub fn address_space_end(inside: u64) -> u64 {
    1 << (u64::BITS - inside.leading_zeros())
}
