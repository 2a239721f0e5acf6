// SPDX-License-Identifier: GPL-2.0-only
//! The registers beyond the general ones: what an image of this machine holds, and what one restored here may
//! hold.

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
mod arch;

use crate::feature::Feature;

/// The extensions of this CPU's register file that the kernel has turned on.
pub fn extended_registers() -> Vec<Feature> {
    arch::extended_registers()
}
