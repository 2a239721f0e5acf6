// SPDX-License-Identifier: GPL-2.0-only
//! What a checkpoint asks of ELF images: who an executable is, and what the vdso holds.

mod build_id;
mod vdso;

pub use build_id::build_id;
pub use vdso::{Symbol, Vdso, VdsoError};
