// SPDX-License-Identifier: GPL-2.0-only
//! The host side of an arena: the shared memory through which a program reaches the tasks that run it, and
//! through which their results come back (the format is `stasis_abi`'s).
//!
//! - [`Builder`] makes an [`Image`] (TypeScript's planner makes the same bytes: [`Image::parse`]);
//! - [`Arena`] is that image in shared memory, behind the interpreter's code ([`blob`]);
//! - [`Gate`] holds the strands of any number of arenas, and lets them go whatever becomes of the host;
//! - [`spawn_seed`] starts the process tree of a restore.

mod arch;
mod arena;
mod artifacts;
mod builder;
mod error;
mod gate;
mod image;
mod mapping;
mod spawn;
mod watch;

pub use arena::Arena;
pub use artifacts::{blob, blob_size, page_size, seed};
pub use builder::{Builder, Step, Value};
pub use error::Error;
pub use gate::Gate;
pub use image::Image;
pub use spawn::{Parent, Spawn, SpawnError, Spawned, spawn_seed};
pub use watch::Failure;
