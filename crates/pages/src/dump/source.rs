// SPDX-License-Identifier: GPL-2.0-only
//! Where a dump pipe reads.

use crate::error::Result;
use crate::range::Run;

/// Something with pages, read by many threads at once.
pub(super) trait Source: Send + Sync + std::fmt::Debug {
    /// Reads the runs one behind the other into `into`, which is exactly as long. Pushes the index
    /// (within `into`, in pages) of each page that turned out to be a guard page onto `guards`.
    fn read(&self, runs: &[Run], into: &mut [u8], guards: &mut Vec<usize>) -> Result<()>;

    /// The words for it in an error: `memory of pid 412 (redis-server)`.
    fn name(&self) -> String;
}
