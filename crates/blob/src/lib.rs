// SPDX-License-Identifier: GPL-2.0-only
//! The interpreter that runs a program inside a task (the format is `crates/abi`'s).
//!
//! The same bytes are the parasite of a dump and the restorer of a restore. They are mapped
//! right below an arena, entered with the arena's base and a strand's index, and never return:
//! a strand that has done its operations, or failed, waits at the arena's gate.
//!
//! Rules for all code here: no `std`, no libc, no writable statics, nothing that needs a
//! relocation (so no tables of addresses, no formatting, no panic that can be reached), no
//! floating point. The build check in `crates/arena` refuses the blob otherwise.
#![no_std]

pub mod arch;
mod barrier;
pub mod calls;
mod exit;
mod gate;
mod here;
mod mem;
mod ops;
mod spawn;
mod strand;
mod value;

pub use strand::run;
