// SPDX-License-Identifier: GPL-2.0-only
use crate::error::writing;
use crate::images::open_dir;
use crate::pipes::{DumpPipe, Save};
use crate::promise::promise;
use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use stasis_engine::{DumpSession as Session, Release};
use stasis_pages::PageFiles;
use std::os::fd::AsFd;
use std::sync::Arc;

/// A frozen tree. When it is collected without a `release`, the tree runs on.
#[napi]
#[derive(Debug)]
pub struct DumpSession(Arc<Session>);

#[napi]
impl DumpSession {
    /// Freezes the tree below `pid` and looks at it from outside. `messages`: also at datagrams that wait.
    #[napi(ts_return_type = "Promise<DumpSession>")]
    pub fn freeze(env: &Env, pid: i32, messages: bool) -> Result<Object<'_>> {
        promise(env, "dump.freeze", move || {
            Ok(DumpSession(Arc::new(Session::freeze(pid, messages)?)))
        })
    }

    /// `stasis.facts.Survey`, encoded.
    #[napi(ts_return_type = "Promise<Buffer>")]
    pub fn survey<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, "dump.survey", move || Ok(Buffer::from(session.survey()?)))
    }

    /// One `stasis.facts.Inner` for each live process in the survey's order, then the survey again, its threads completed.
    #[napi(ts_return_type = "Promise<Array<Buffer>>")]
    pub fn collect<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, "dump.collect", move || {
            Ok(session
                .collect()?
                .into_iter()
                .map(Buffer::from)
                .collect::<Vec<_>>())
        })
    }

    /// A pipe for the private memory of one task into the image directory `dir`.
    #[napi]
    pub fn process_pipe(
        &self,
        pid: i32,
        dir: String,
        pagemap: String,
        pages: String,
        pages_id: u32,
    ) -> DumpPipe {
        let session = Arc::clone(&self.0);
        DumpPipe::new(move || {
            let dir = open_dir(&dir)?;
            let files = PageFiles {
                pages,
                pagemap,
                pages_id,
            };
            session.task_pipe(pid, dir.as_fd(), files).map_err(writing)
        })
    }

    /// The same for a shared memory object, by its id in the survey.
    #[napi]
    pub fn object_pipe(
        &self,
        id: u32,
        dir: String,
        pagemap: String,
        pages: String,
        pages_id: u32,
    ) -> DumpPipe {
        let session = Arc::clone(&self.0);
        DumpPipe::new(move || {
            let dir = open_dir(&dir)?;
            let files = PageFiles {
                pages,
                pagemap,
                pages_id,
            };
            session.object_pipe(id, dir.as_fd(), files).map_err(writing)
        })
    }

    /// A pipe for a file without a name: an open description of the survey, or a mapping of `pid` that starts at
    /// `vma_start` (0: the description). `header` is what the image begins with.
    #[napi]
    #[allow(
        clippy::too_many_arguments,
        reason = "one call of JavaScript, each argument a plain value"
    )]
    pub fn ghost_pipe(
        &self,
        description: u32,
        pid: i32,
        vma_start: f64,
        dir: String,
        name: String,
        header: Uint8Array,
        chunks: bool,
    ) -> DumpPipe {
        let session = Arc::clone(&self.0);
        let header = header.to_vec();
        DumpPipe::new(move || {
            let link = session.link(description, pid, vma_start as u64)?;
            Save::new(&link, &dir, name, header, chunks)
        })
    }

    /// Lets the tree go: `run`, `stop` or `kill`.
    #[napi(
        ts_args_type = "mode: 'run' | 'stop' | 'kill'",
        ts_return_type = "Promise<Released>"
    )]
    pub fn release<'env>(&self, env: &'env Env, mode: String) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, "dump.release", move || {
            let mode = match mode.as_str() {
                "kill" => Release::Kill,
                "stop" => Release::Stop,
                _ => Release::Run,
            };
            Ok(Released {
                frozen_us: session.release(mode)?.as_secs_f64() * 1e6,
            })
        })
    }
}

/// How long a tree was frozen, in microseconds from its first stop.
#[napi(object)]
#[derive(Debug)]
pub struct Released {
    pub frozen_us: f64,
}
