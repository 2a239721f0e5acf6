// SPDX-License-Identifier: GPL-2.0-only
//! Facts about frozen tasks, seen from outside: one file a kind.
mod context;
mod host;
mod memory_policy;
mod mm;
mod namespace;
mod path;
mod survey;
mod task;
mod thread;

pub use host::host;
pub(crate) use survey::{InFlight, survey};
