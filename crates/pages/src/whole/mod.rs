// SPDX-License-Identifier: GPL-2.0-only
//! Whole files with their holes: ghosts (deleted but open or mapped) and plain copies.

mod ghost;
mod segments;
mod sparse;

pub use ghost::{Ghost, ghost_load, ghost_save};
pub(crate) use segments::segments;
pub use sparse::copy_sparse;
pub(crate) use sparse::reopen;
