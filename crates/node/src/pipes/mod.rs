// SPDX-License-Identifier: GPL-2.0-only
mod flow;
mod ghost;
mod pages;

pub(crate) use flow::Flow;
pub(crate) use ghost::{Load, Save};

use crate::error::Failure;
use crate::images::FileSum;
use crate::promise::promise;
use flow::Pipe;
use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use std::sync::Arc;

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

/// A stream from a frozen task, a memory object or a deleted file into image files. It is opened by its first pump.
#[napi]
#[derive(Debug)]
pub struct DumpPipe(Arc<Pipe<PipeSummary>>);

/// A stream from image files into a task that is being made, a memory object or a deleted file. It is opened by its first pump.
#[napi]
#[derive(Debug)]
pub struct FillPipe(Arc<Pipe<f64>>);

impl DumpPipe {
    pub(crate) fn new<F>(open: impl FnOnce() -> std::result::Result<F, Failure> + Send + 'static) -> Self
    where
        F: Flow<End = PipeSummary>,
    {
        Self(Arc::new(Pipe::new(open)))
    }
}

impl FillPipe {
    pub(crate) fn new<F: Flow<End = f64>>(
        open: impl FnOnce() -> std::result::Result<F, Failure> + Send + 'static,
    ) -> Self {
        Self(Arc::new(Pipe::new(open)))
    }
}

#[napi]
impl DumpPipe {
    /// Bytes moved so far.
    #[napi]
    pub fn progress(&self) -> f64 {
        self.0.done() as f64
    }

    /// Moves bytes until none is left. May run several times at once; the last of them to end writes the page map and
    /// resolves to what was written, the others to null.
    #[napi(ts_return_type = "Promise<PipeSummary | null>")]
    pub fn pump<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let pipe = Arc::clone(&self.0);
        promise(env, move || pipe.pump())
    }

    /// Makes every pump stop with an error of kind `interrupted`.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

#[napi]
impl FillPipe {
    #[napi]
    pub fn progress(&self) -> f64 {
        self.0.done() as f64
    }

    /// Moves bytes until none is left. May run several times at once; the last of them to end verifies the checksum of
    /// the whole file and resolves to the number of bytes, the others to null.
    #[napi(ts_return_type = "Promise<number | null>")]
    pub fn pump<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let pipe = Arc::clone(&self.0);
        promise(env, move || pipe.pump())
    }

    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}
