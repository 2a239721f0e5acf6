// SPDX-License-Identifier: GPL-2.0-only
//! `pagemap-*.img` and `pages-N.img`: CRIU's image format 1.1.
//!
//! `pagemap-*.img` is two magic numbers, a head naming `pages-N.img`, and ascending entries, each
//! prefixed by its length in 4 bytes, little endian. `pages-N.img` is the pages of those entries
//! with nothing between them. Written by hand and not by a protobuf library: a page map may have
//! hundreds of thousands of entries of four fields.

mod open;
mod parse;
pub(crate) mod varint;
mod writer;

pub use open::{Expected, PageImages};
pub(crate) use parse::Entry;
pub(crate) use writer::PagemapWriter;

/// First magic of every image but the inventory.
const COMMON_MAGIC: u32 = 0x5456_4319;
/// Second magic of a page map.
const PAGEMAP_MAGIC: u32 = 0x5608_4025;

/// Entry flags: the pages are in an earlier dump, or in this one's pages file.
const PE_PARENT: u64 = 1 << 0;
const PE_PRESENT: u64 = 1 << 2;
