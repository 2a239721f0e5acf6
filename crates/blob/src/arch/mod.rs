// SPDX-License-Identifier: GPL-2.0-only
//! What differs by architecture, and nothing else: entry code, the system call instruction, and
//! system call numbers. The folders have the same files with the same names in them.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub use aarch64::{entry, numbers, sys};
#[cfg(target_arch = "x86_64")]
pub use x86_64::{entry, numbers, sys};
