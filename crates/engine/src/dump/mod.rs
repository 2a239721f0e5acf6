// SPDX-License-Identifier: GPL-2.0-only
//! A frozen tree and the questions it is asked.
mod collect;
mod end;
mod failure;
mod mapping_policies;
mod membarrier;
mod protection_keys;
mod queries;
mod seen;
mod session;

pub use session::{DumpSession, Release};
