// SPDX-License-Identifier: GPL-2.0-only
use crate::error::Failure;
use crate::images::FileSum;
use crate::promise::promise;
use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use std::sync::Arc;

/// Carries pages of a frozen task, or of a memory object, into image files.
#[napi]
#[derive(Debug)]
pub struct DumpPipe(pub(crate) Arc<stasis_pages::DumpPipe>);

/// What a page pipe wrote.
#[napi(object)]
#[derive(Debug)]
pub struct PipeSummary {
    pub pages: f64,
    pub bytes: f64,
    pub zero_pages: f64,
    /// Guard pages met: start and end of each range, flattened.
    pub guards: Vec<f64>,
    /// The pages file, then the page map.
    pub files: Vec<FileSum>,
}

#[napi]
impl DumpPipe {
    /// Bytes that need looking at; an upper bound of what will be written.
    #[napi]
    pub fn bytes_total(&self) -> f64 {
        self.0.bytes_total() as f64
    }

    #[napi]
    pub fn bytes_done(&self) -> f64 {
        self.0.bytes_done() as f64
    }

    /// Carries pages until none is left. May run several times at once.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn pump<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let pipe = Arc::clone(&self.0);
        promise(env, move || pipe.pump().map_err(Failure::from))
    }

    /// Makes every pump stop with an error of kind `interrupted`.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// After all pumps have ended: writes the page map.
    #[napi(ts_return_type = "Promise<PipeSummary>")]
    pub fn finish<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let pipe = Arc::clone(&self.0);
        promise(env, move || {
            let summary = pipe.finish()?;
            Ok(PipeSummary {
                pages: summary.pages as f64,
                bytes: summary.bytes as f64,
                zero_pages: summary.zero_pages as f64,
                guards: summary.guards.iter().flat_map(|span| [span.start as f64, span.end as f64]).collect(),
                files: vec![summary.pages_file.into(), summary.pagemap_file.into()],
            })
        })
    }
}

/// Carries pages of image files into a task that is being made, or into a memory object.
#[napi]
#[derive(Debug)]
pub struct FillPipe(pub(crate) Arc<stasis_pages::FillPipe>);

#[napi]
impl FillPipe {
    #[napi]
    pub fn bytes_total(&self) -> f64 {
        self.0.bytes_total() as f64
    }

    #[napi]
    pub fn bytes_done(&self) -> f64 {
        self.0.bytes_done() as f64
    }

    /// Carries pages until none is left. May run several times at once.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn pump<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let pipe = Arc::clone(&self.0);
        promise(env, move || pipe.pump().map_err(Failure::from))
    }

    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// After all pumps have ended: verifies the checksum of the whole pages file.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn finish<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let pipe = Arc::clone(&self.0);
        promise(env, move || pipe.finish().map(drop).map_err(Failure::from))
    }
}
