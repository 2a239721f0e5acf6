// SPDX-License-Identifier: GPL-2.0-only
//! The code that runs inside tasks, embedded.

/// The interpreter's bytes; its entry point is the first one. Not padded to a page.
#[must_use]
pub const fn blob() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/blob.bin"))
}

/// The seed: a static executable that never leaves memory.
#[must_use]
pub const fn seed() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/seed.elf"))
}

/// Bytes that the interpreter takes in an arena's object: whole pages.
#[must_use]
pub fn blob_size() -> u64 {
    round_to_pages(blob().len() as u64)
}

/// The machine's page size in bytes.
#[must_use]
pub fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

pub(crate) fn round_to_pages(bytes: u64) -> u64 {
    bytes.next_multiple_of(page_size())
}
