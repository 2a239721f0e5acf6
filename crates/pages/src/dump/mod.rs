// SPDX-License-Identifier: GPL-2.0-only
//! From tasks and memory objects into `pages-N.img`.

mod ledger;
mod object;
mod pages_file;
mod pipe;
mod source;
mod task;
mod tickets;

pub use pipe::{DumpPipe, DumpSummary, PageFiles};
