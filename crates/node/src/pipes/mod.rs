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
use napi::bindgen_prelude::{ClassInstance, Object};
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

    /// Moves bytes until none is left, here and in `others`: a call for each pipe would leave processors idle between
    /// them. To be called as many times with the same pipes as processors are to work at them. The last pump at a pipe
    /// writes its page map and gives what was written, the others null.
    #[napi(ts_return_type = "Promise<Array<PipeSummary | null>>")]
    pub fn pump<'env>(
        &self,
        env: &'env Env,
        others: Vec<ClassInstance<'_, DumpPipe>>,
    ) -> Result<Object<'env>> {
        let pipes = lot(&self.0, others.iter().map(|other| &other.0));
        promise(env, "dump.pump", move || Pipe::pump_all(&pipes))
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

    /// As the other pipe's: the last pump verifies the checksum of the whole file and gives the number of bytes, the
    /// others null.
    #[napi(ts_return_type = "Promise<Array<number | null>>")]
    pub fn pump<'env>(
        &self,
        env: &'env Env,
        others: Vec<ClassInstance<'_, FillPipe>>,
    ) -> Result<Object<'env>> {
        let pipes = lot(&self.0, others.iter().map(|other| &other.0));
        promise(env, "restore.pump", move || Pipe::pump_all(&pipes))
    }

    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

fn lot<'a, E: 'a>(
    first: &'a Arc<Pipe<E>>,
    others: impl Iterator<Item = &'a Arc<Pipe<E>>>,
) -> Vec<Arc<Pipe<E>>> {
    std::iter::once(first).chain(others).map(Arc::clone).collect()
}
