// SPDX-License-Identifier: GPL-2.0-only
//! Where a fill pipe writes.

use crate::error::Result;

/// How pages get to where they belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// New pages are placed by `UFFDIO_COPY`: nothing is cleared first, protection does not matter.
    Place,
    /// `pwrite` to the task's memory, which faults pages in and overrides protection.
    Write,
    /// `pwrite` to a memory object.
    Object,
    /// Nowhere: the kernel has put it there already.
    PassOver,
}

/// Bytes of the pages file that go to one stretch of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Where they are in the file.
    pub(super) offset: u64,
    /// Where they go.
    pub(super) address: u64,
    /// How many, whole pages.
    pub(super) len: u64,
    pub(super) way: Way,
}

/// Something to fill, by many threads at once.
pub(super) trait Sink: Send + Sync + std::fmt::Debug {
    /// Writes neighbouring parts of the file, whose bytes are `from`.
    fn write(&self, parts: &[Part], from: &[u8]) -> Result<()>;

    /// Everything is written: let go of the task.
    fn release(&self) -> Result<()>;
}
