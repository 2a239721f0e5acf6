// SPDX-License-Identifier: GPL-2.0-only
//! Page pipes as streams of the binding.
use super::{Flow, PipeSummary};
use crate::error::{Failure, writing};
use crate::images::FileSum;
use stasis_pages::{DumpPipe, FillPipe, FillSummary, Result};

impl Flow for DumpPipe {
    type End = PipeSummary;

    fn done(&self) -> u64 {
        self.bytes_done()
    }

    fn pump(&self) -> Result<()> {
        Self::pump(self)
    }

    fn cancel(&self) {
        Self::cancel(self);
    }

    fn failure(&self, error: stasis_pages::Error) -> Failure {
        writing(error)
    }

    fn end(&self) -> Result<PipeSummary> {
        let summary = self.finish()?;
        Ok(PipeSummary {
            pages: summary.pages as f64,
            bytes: summary.bytes as f64,
            guards: summary
                .guards
                .iter()
                .flat_map(|span| [span.start as f64, span.end as f64])
                .collect(),
            files: vec![
                FileSum {
                    chunks: Some(summary.pages_chunks.into()),
                    ..summary.pages_file.into()
                },
                summary.pagemap_file.into(),
            ],
        })
    }
}

impl Flow for FillPipe {
    type End = f64;

    fn done(&self) -> u64 {
        self.bytes_done()
    }

    fn pump(&self) -> Result<()> {
        Self::pump(self)
    }

    fn cancel(&self) {
        Self::cancel(self);
    }

    fn end(&self) -> Result<f64> {
        self.finish().map(|FillSummary { bytes, .. }| bytes as f64)
    }
}
