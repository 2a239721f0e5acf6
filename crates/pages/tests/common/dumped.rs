// SPDX-License-Identifier: GPL-2.0-only
use stasis_pages::{DumpSummary, Expected, FillRange, Kind, PageImages, Range};

use super::{Memory, Task, TempDir, dump_task};

/// A dumped task's ranges, its images, and what was said of them.
pub(crate) struct Dumped {
    pub(crate) dir: TempDir,
    pub(crate) summary: DumpSummary,
    pub(crate) ranges: Vec<FillRange>,
}

impl Dumped {
    pub(crate) fn of(task: &Task, ranges: Vec<FillRange>) -> Self {
        let dir = TempDir::new();
        let summary = dump_task(task, &plain(&ranges), &dir);
        Self { dir, summary, ranges }
    }

    pub(crate) fn expected(&self) -> Expected {
        let DumpSummary {
            pages_file,
            pagemap_file,
            pages_chunks,
            ..
        } = &self.summary;
        Expected {
            pages_size: pages_file.size,
            pages_crc: pages_file.crc,
            pages_chunks: Some(pages_chunks.clone()),
            pagemap_crc: Some(pagemap_file.crc),
        }
    }

    pub(crate) fn open(&self) -> stasis_pages::Result<PageImages> {
        PageImages::open(
            self.dir.fd(),
            "pages-1.img",
            "pagemap-5.img",
            Some(self.expected()),
        )
    }
}

fn plain(ranges: &[FillRange]) -> Vec<Range> {
    ranges
        .iter()
        .map(|&FillRange { start, end, kind, .. }| Range {
            start,
            end,
            kind,
            mapped_elsewhere: false,
        })
        .collect()
}

/// The whole of it as one writable mapping.
pub(crate) fn all(memory: &Memory, kind: Kind) -> Vec<FillRange> {
    vec![FillRange {
        start: memory.start,
        end: memory.start + memory.len as u64,
        kind,
    }]
}
