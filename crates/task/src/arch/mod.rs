// SPDX-License-Identifier: GPL-2.0-only
//! What differs by architecture: the register sets, the stub that leads home, the signal frame,
//! and the wire form of registers. Each folder has the same files with the same names.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub use aarch64::*;
#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::{settle, unsupported};
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::{settle, unsupported};
