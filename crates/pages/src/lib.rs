// SPDX-License-Identifier: GPL-2.0-only
//! Page bytes between stopped or half-restored tasks and image files, and bulk image I/O.
//!
//! - [`scan`] tells which pages of a task have content of their own;
//! - [`DumpPipe`] carries them into `pages-N.img` and writes `pagemap-PID.img`;
//! - [`PageImages`] checks such a pair, [`FillPipe`] carries the pages back;
//! - [`ghost_save`] and [`ghost_load`] move whole deleted files with their holes;
//! - [`write_images`], [`read_images`], [`checksum_file`], [`sync_and_rename`] and
//!   [`remove_tree`] handle directories of images;
//! - [`limits`] measures what this machine could do at best.
//!
//! A pipe is pumped by as many threads as its owner cares to lend: `pump` returns when nothing is
//! left. Bytes pass through one small reused buffer a thread, which the CRC-32 (IEEE, as in zlib)
//! of the file is computed from while it is in the cache.

mod bulk;
mod crc;
mod dump;
mod error;
mod fill;
mod image;
pub mod limits;
mod page;
mod pool;
mod range;
mod scan;
mod sys;
mod whole;

pub use bulk::{
    FileSum, ImageFile, checksum_file, is_pages_file, read_images, remove_tree, sync_and_rename,
    sync_directory, write_images,
};
pub use crc::Chunks;
pub use dump::{DumpPipe, DumpSummary, PageFiles};
pub use error::{Error, ErrorKind, Result};
pub use fill::{FillPipe, FillSummary};
pub use image::{Expected, PageImages};
pub use range::{FillRange, Kind, Range, Run, Span};
pub use scan::{Scan, scan, scan_entries};
pub use whole::{Ghost, copy_sparse, ghost_load, ghost_save};
