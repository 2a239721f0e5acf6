// SPDX-License-Identifier: GPL-2.0-only
//! Dump and restore sessions: everything that happens between stop and resume.
#![deny(unsafe_code)]

mod descriptors;
mod dump;
mod facts;
mod identity;
mod members;
mod restore;
mod socket_file;
mod sys;
mod vdso;
mod worker;

pub use dump::{DumpSession, Release};
pub use facts::host;
pub use members::{Member, members};
pub use restore::{End, RestoreError, RestoreSession, Start};
pub use socket_file::socket_in_use;
pub use stasis_files::{Wanted, holders};
