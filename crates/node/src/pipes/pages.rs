// SPDX-License-Identifier: GPL-2.0-only
//! Page pipes as streams of the binding.
use super::{Flow, PipeSummary};
use crate::error::Failure;
use rustix::io::Errno;
use stasis_pages::{DumpPipe, ErrorKind, FillPipe, FillSummary, Result};

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
            files: vec![summary.pages_file.into(), summary.pagemap_file.into()],
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

/// The failure of a dump: what goes wrong on this host goes wrong where the images are written.
pub(crate) fn writing(error: stasis_pages::Error) -> Failure {
    let host = error.kind == ErrorKind::Host;
    let failure = Failure::from(error);
    if host {
        return failure.of_kind("destination");
    }
    failure
}

impl From<stasis_pages::Error> for Failure {
    fn from(error: stasis_pages::Error) -> Self {
        let kind = match error.kind {
            ErrorKind::Image => Some("image"),
            ErrorKind::Cancelled => Some("interrupted"),
            ErrorKind::Task if error.errno == Some(Errno::SRCH.raw_os_error()) => Some("gone"),
            _ => None,
        };
        Self::new(serde_json::json!({
            "stage": error.operation, "object": error.object, "detail": error.cause, "hint": error.hint,
            "call": error.call, "pid": error.pid, "kind": kind,
            "file": (error.kind == ErrorKind::Image).then_some(&error.object),
        }))
    }
}
