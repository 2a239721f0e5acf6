// SPDX-License-Identifier: GPL-2.0-only
use crate::error::Failure;
use crate::images::FileSum;
use crate::promise::promise;
use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use stasis_pages::{ErrorKind, FillSummary};
use std::sync::Arc;

/// What moves bytes in one direction, and what is known when all are moved.
pub(crate) trait Flow: Send + Sync + 'static {
    type End;
    fn total(&self) -> u64;
    fn done(&self) -> u64;
    fn pump(&self) -> stasis_pages::Result<()>;
    fn cancel(&self);
    fn end(&self) -> stasis_pages::Result<Self::End>;
}

/// What a pipe out of a task wrote.
#[napi(object)]
#[derive(Debug)]
pub struct PipeSummary {
    pub pages: f64,
    pub bytes: f64,
    /// Guard pages met, which have no content: start and end of each range, flattened.
    pub guards: Vec<f64>,
    /// The pages file, then the page map; the ghost image alone.
    pub files: Vec<FileSum>,
}

type Out = Arc<dyn Flow<End = PipeSummary>>;
type In = Arc<dyn Flow<End = ()>>;

/// A stream from a frozen task, a memory object or a deleted file into image files.
#[napi]
pub struct DumpPipe(pub(crate) Out);

/// A stream from image files into a task that is being made, a memory object or a deleted file.
#[napi]
pub struct FillPipe(pub(crate) In);

impl std::fmt::Debug for DumpPipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DumpPipe({} of {} bytes)", self.0.done(), self.0.total())
    }
}

impl std::fmt::Debug for FillPipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FillPipe({} of {} bytes)", self.0.done(), self.0.total())
    }
}

#[napi]
impl DumpPipe {
    /// Bytes that need looking at; an upper bound of what will be written.
    #[napi(getter)]
    pub fn bytes(&self) -> f64 {
        self.0.total() as f64
    }

    /// Bytes moved so far.
    #[napi]
    pub fn progress(&self) -> f64 {
        self.0.done() as f64
    }

    /// Moves bytes until none is left. May run several times at once.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn pump<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let flow = Arc::clone(&self.0);
        promise(env, move || flow.pump().map_err(Failure::from))
    }

    /// Makes every pump stop with an error of kind `interrupted`.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// After all pumps have ended: writes the page map.
    #[napi(ts_return_type = "Promise<PipeSummary>")]
    pub fn finish<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let flow = Arc::clone(&self.0);
        promise(env, move || flow.end().map_err(Failure::from))
    }
}

#[napi]
impl FillPipe {
    #[napi(getter)]
    pub fn bytes(&self) -> f64 {
        self.0.total() as f64
    }

    #[napi]
    pub fn progress(&self) -> f64 {
        self.0.done() as f64
    }

    /// Moves bytes until none is left. May run several times at once.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn pump<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let flow = Arc::clone(&self.0);
        promise(env, move || flow.pump().map_err(Failure::from))
    }

    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// After all pumps have ended: verifies the checksum of the whole file.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn finish<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let flow = Arc::clone(&self.0);
        promise(env, move || flow.end().map_err(Failure::from))
    }
}

impl Flow for stasis_pages::DumpPipe {
    type End = PipeSummary;

    fn total(&self) -> u64 {
        self.bytes_total()
    }

    fn done(&self) -> u64 {
        self.bytes_done()
    }

    fn pump(&self) -> stasis_pages::Result<()> {
        Self::pump(self)
    }

    fn cancel(&self) {
        Self::cancel(self);
    }

    fn end(&self) -> stasis_pages::Result<PipeSummary> {
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

impl Flow for stasis_pages::FillPipe {
    type End = ();

    fn total(&self) -> u64 {
        self.bytes_total()
    }

    fn done(&self) -> u64 {
        self.bytes_done()
    }

    fn pump(&self) -> stasis_pages::Result<()> {
        Self::pump(self)
    }

    fn cancel(&self) {
        Self::cancel(self);
    }

    fn end(&self) -> stasis_pages::Result<()> {
        self.finish().map(|_: FillSummary| ())
    }
}

impl From<stasis_pages::Error> for Failure {
    fn from(error: stasis_pages::Error) -> Self {
        let kind = match error.kind {
            ErrorKind::Image => Some("image"),
            ErrorKind::Cancelled => Some("interrupted"),
            _ => None,
        };
        Self::new(serde_json::json!({
            "stage": error.operation, "object": error.object, "detail": error.cause, "hint": error.hint,
            "call": error.call, "pid": error.pid, "kind": kind,
            "file": (error.kind == ErrorKind::Image).then_some(&error.object),
        }))
    }
}
