// SPDX-License-Identifier: GPL-2.0-only
//! The raw system call, x86_64.

use core::arch::asm;

/// Makes system call `number`; the result is the kernel's, a negative errno included.
///
/// # Safety
/// As safe as the call that is made.
#[inline]
pub unsafe fn syscall(number: usize, arguments: [u64; 6]) -> isize {
    let result: isize;
    // SAFETY: the kernel's convention; it changes rax, rcx and r11 only, and memory.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result,
            in("rdi") arguments[0], in("rsi") arguments[1], in("rdx") arguments[2],
            in("r10") arguments[3], in("r8") arguments[4], in("r9") arguments[5],
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    result
}

/// First address behind the user address space of which `inside` is a high address (the first stack):
/// the last page below 2^47 is never used, and nothing is above unless asked for by address (5-level paging).
pub fn address_space_end(_inside: u64) -> u64 {
    (1 << 47) - 4096
}
