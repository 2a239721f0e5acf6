// SPDX-License-Identifier: GPL-2.0-only
//! From `pages-N.img` into tasks and memory objects.

mod object;
mod pipe;
mod plan;
mod sink;
mod task;

pub use pipe::{FillPipe, FillSummary};
