// SPDX-License-Identifier: GPL-2.0-only
//! What differs by architecture: starting a child on a stack of its own.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::clone3_call;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::clone3_call;
