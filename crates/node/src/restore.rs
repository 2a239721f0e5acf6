// SPDX-License-Identifier: GPL-2.0-only
use crate::error::{Failure, to_napi};
use crate::images::open_dir;
use crate::pipes::FillPipe;
use crate::promise::promise;
use napi::bindgen_prelude::{Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use stasis_engine::{RestoreSession as Session, Start};
use stasis_pages::{Expected, FillRange, Kind, PageImages};
use std::os::fd::AsFd;
use std::sync::Arc;

/// How a tree is to be started.
#[napi(object)]
#[derive(Debug)]
pub struct StartOptions {
    /// Pid of the root.
    pub root: i32,
    /// The root becomes a child of init (or the nearest subreaper) rather than of this process.
    pub detached: bool,
    /// Candidate addresses for the restorer's hole, best first.
    pub candidates: Vec<f64>,
    /// Bytes behind the arena for the vdso and vvar mappings.
    pub parking: f64,
    /// Whether the root starts with our descriptors 0–2.
    pub inherit_stdio: bool,
}

/// What the manifest says about a pages file and its page map.
#[napi(object)]
#[derive(Debug)]
pub struct ExpectedPages {
    pub pages_size: f64,
    pub pages_crc: u32,
    pub pagemap_crc: u32,
}

/// A tree being made. `abort` kills it; when neither `finish` nor `abort` is called, so does its end.
#[napi]
#[derive(Debug)]
pub struct RestoreSession(Arc<Session>);

#[napi]
impl RestoreSession {
    /// Spawns the seed with the compiled arena. `tids` is each strand's thread id.
    #[napi(ts_return_type = "Promise<RestoreSession>")]
    pub fn start(env: &Env, arena: Uint8Array, tids: Vec<i32>, options: StartOptions) -> Result<Object<'_>> {
        let bytes = arena.to_vec();
        promise(env, move || {
            let image = stasis_arena::Image::parse(bytes)
                .map_err(|error| Failure::new(serde_json::json!({ "stage": "restore the tree", "detail": error.to_string() })))?;
            let start = Start {
                root: options.root,
                detached: options.detached,
                candidates: options.candidates.iter().map(|address| *address as u64).collect(),
                parking: options.parking as u64,
                inherit_stdio: options.inherit_stdio,
            };
            Ok(RestoreSession(Arc::new(Session::start(&image, tids, start)?)))
        })
    }

    /// Resolves when the barrier is open.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn reached<'env>(&self, env: &'env Env, barrier: u32) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, move || Ok(session.reached(barrier)?))
    }

    /// Arrives at a barrier in the host's name.
    #[napi]
    pub fn arrive(&self, barrier: u32) {
        self.0.arrive(barrier);
    }

    /// Resolves when every strand has done its program.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn parked<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, move || Ok(session.parked()?))
    }

    /// A pipe into a task's private memory. `ranges`: start, end, kind (0 anonymous, 1 private file), writable (0, 1) of
    /// each mapping, flattened and ascending. `uffd`: the number of the task's own userfaultfd, -1 for none.
    #[napi(ts_return_type = "Promise<FillPipe>")]
    #[allow(clippy::too_many_arguments, reason = "one call of JavaScript, each argument a plain value")]
    pub fn fill_task<'env>(
        &self,
        env: &'env Env,
        pid: i32,
        uffd: i32,
        dir: String,
        pagemap: String,
        pages: String,
        expected: Option<ExpectedPages>,
        ranges: Vec<f64>,
    ) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, move || {
            let images = PageImages::open(open_dir(&dir)?.as_fd(), &pages, &pagemap, expected.map(convert))?;
            let ranges: Vec<FillRange> = ranges
                .as_chunks::<4>()
                .0
                .iter()
                .map(|[start, end, kind, writable]| FillRange {
                    start: *start as u64,
                    end: *end as u64,
                    kind: if *kind == 0.0 { Kind::Anonymous } else { Kind::FilePrivate },
                    writable: *writable != 0.0,
                })
                .collect();
            images.check_ranges(&ranges)?;
            let uffd = if uffd >= 0 { Some(session.descriptor(pid, uffd)?) } else { None };
            Ok(FillPipe(Arc::new(stasis_pages::FillPipe::into_task(pid, images, &ranges, uffd)?)))
        })
    }

    /// A pipe into a shared memory object, reached through descriptor `fd` of task `pid`.
    #[napi(ts_return_type = "Promise<FillPipe>")]
    #[allow(clippy::too_many_arguments, reason = "one call of JavaScript, each argument a plain value")]
    pub fn fill_object<'env>(
        &self,
        env: &'env Env,
        pid: i32,
        fd: i32,
        dir: String,
        pagemap: String,
        pages: String,
        expected: Option<ExpectedPages>,
    ) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, move || {
            let images = PageImages::open(open_dir(&dir)?.as_fd(), &pages, &pagemap, expected.map(convert))?;
            let object = session.descriptor(pid, fd)?;
            let what = format!("shared memory of {pagemap}");
            Ok(FillPipe(Arc::new(stasis_pages::FillPipe::into_object(object, &what, images)?)))
        })
    }

    /// The last step: every thread gets its own registers, the restorer leaves, and the tree runs. `takeover` is an
    /// encoded `stasis.facts.Takeover`.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn finish<'env>(&self, env: &'env Env, takeover: Uint8Array) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        let takeover = takeover.to_vec();
        promise(env, move || Ok(session.finish(&takeover)?))
    }

    /// Kills everything that was made and resolves when it is gone.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn abort<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, move || {
            session.abort();
            Ok(())
        })
    }

    /// Resolves with the raw wait status of the root when it has ended.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn wait<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, move || {
            let status = session.wait().map_err(|error| Failure::host("wait for the restored tree", "", &error))?;
            Ok(status.unwrap_or(0))
        })
    }

    /// Sends a signal to the root.
    #[napi]
    pub fn signal(&self, signal: i32) -> Result<()> {
        self.0
            .signal(signal)
            .map_err(|error| to_napi(&Failure::host("signal the restored tree", "", &error)))
    }
}

fn convert(expected: ExpectedPages) -> Expected {
    Expected {
        pages_size: expected.pages_size as u64,
        pages_crc: expected.pages_crc,
        pagemap_crc: expected.pagemap_crc,
    }
}
