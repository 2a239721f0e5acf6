// SPDX-License-Identifier: GPL-2.0-only
use crate::error::{Failure, to_napi};
use crate::images::{FileChunks, open_dir};
use crate::pipes::{FillPipe, Load};
use crate::promise::promise;
use napi::bindgen_prelude::{BigInt, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use stasis_engine::{RestoreSession as Session, Start};
use stasis_pages::{Chunks, Expected, FillRange, Ghost, Kind, PageImages};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How a tree is to be started.
#[napi(object)]
#[derive(Debug)]
pub struct StartOptions {
    /// The pid of strand 0.
    pub pid: i32,
    /// The root of the tree, where strand 0 is a stand-in for its dead session leader.
    pub root_pid: i32,
    /// Both are 1, in a PID namespace that is made for the tree.
    pub pid_namespace: bool,
    /// The root becomes a child of init (or the nearest subreaper) rather than of this process.
    pub detach: bool,
    /// Bytes behind the arena for the vdso and vvar mappings.
    pub parking_size: f64,
}

/// Where pages go.
#[napi(object)]
#[derive(Debug)]
pub struct FillTarget {
    /// The task, or the one that holds the object.
    pub pid: i32,
    /// Descriptor of the object in that task; -1: the task's memory.
    pub fd: i32,
    /// The task's own userfaultfd, -1 without.
    pub uffd: i32,
    pub pagemap_name: String,
    pub pages_name: String,
    /// What the manifest says of the pages file.
    pub pages_crc32: Option<u32>,
    pub pages_size: Option<f64>,
    pub pages_chunks: Option<FileChunks>,
    /// What it says of the page map, which is read here once more.
    pub pagemap_crc32: Option<u32>,
    /// Start, end, flags (1: private file mapping, 4: the kernel's, whose pages are passed over) of each mapping
    /// that pages may lie in, ascending.
    pub ranges: Vec<f64>,
    /// Start and end of a mapping of the task: the shared memory behind it is the target.
    pub mapping: Option<Vec<f64>>,
}

/// Where the content of a deleted file goes.
#[napi(object)]
#[derive(Debug)]
pub struct GhostTarget {
    pub pid: i32,
    pub fd: i32,
    pub name: String,
    /// Bytes of the image before the content.
    pub offset: f64,
    pub size: BigInt,
    pub chunks: bool,
    pub crc32: Option<u32>,
}

/// How the root ended: exactly one of the two is there.
#[napi(object)]
#[derive(Debug)]
pub struct TreeEnd {
    pub code: Option<i32>,
    pub signal: Option<i32>,
}

/// A tree being made. `abort` kills it; when neither `finish` nor `abort` is called, so does its end.
#[napi]
#[derive(Debug)]
pub struct RestoreSession(Arc<Session>);

#[napi]
impl RestoreSession {
    /// Spawns the seed with the compiled arena, in one of the candidate holes.
    #[napi(ts_return_type = "Promise<RestoreSession>")]
    pub fn start(
        env: &Env,
        arena: Uint8Array,
        candidates: Vec<f64>,
        options: StartOptions,
    ) -> Result<Object<'_>> {
        let bytes = arena.to_vec();
        promise(env, "restore.start", move || {
            let failed =
                |error| Failure::from(stasis_error::Error::from(error).during("restore the tree", 0));
            let image = stasis_arena::Image::parse(bytes).map_err(failed)?;
            let start = Start {
                seed: options.pid,
                root: options.root_pid,
                pid_namespace: options.pid_namespace,
                detached: options.detach,
                candidates: candidates.iter().map(|address| *address as u64).collect(),
                parking: options.parking_size as u64,
            };
            Ok(RestoreSession(Arc::new(Session::start(&image, start)?)))
        })
    }

    /// This host's number of a task, which is named as the images do.
    #[napi]
    pub fn host_pid(&self, pid: i32) -> Result<i32> {
        self.0
            .host_pid(pid)
            .map_err(|error| to_napi(&Failure::from(error)))
    }

    /// Resolves when the barrier is open.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn reached<'env>(&self, env: &'env Env, barrier: u32) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, "restore.reached", move || Ok(session.reached(barrier)?))
    }

    /// Opens a barrier that the tasks wait at for the host.
    #[napi]
    pub fn open(&self, barrier: u32) {
        self.0.open(barrier);
    }

    /// Resolves when every strand has done its program.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn parked<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, "restore.parked", move || Ok(session.parked()?))
    }

    /// A pipe into a task's private memory, or into a memory object.
    #[napi]
    pub fn fill_pipe(&self, dir: String, target: FillTarget) -> FillPipe {
        let session = Arc::clone(&self.0);
        FillPipe::new(move || {
            let pid = session.host_pid(target.pid)?;
            let expected = target
                .pages_size
                .zip(target.pages_crc32)
                .map(|(size, crc)| Expected {
                    pages_size: size as u64,
                    pages_crc: crc,
                    pages_chunks: target.pages_chunks.map(Chunks::from),
                    pagemap_crc: target.pagemap_crc32,
                });
            let images = PageImages::open(
                open_dir(&dir)?.as_fd(),
                &target.pages_name,
                &target.pagemap_name,
                expected,
            )?;
            if let Some(&[start, end]) = target.mapping.as_deref() {
                let object = session.mapped(pid, &(start as u64..end as u64))?;
                let what = format!("the shared memory of {}", target.pagemap_name);
                return Ok(stasis_pages::FillPipe::into_object(&object, &what, images)?);
            }
            if target.fd >= 0 {
                let object = session.descriptor(pid, target.fd)?;
                let what = format!("the shared memory of {}", target.pagemap_name);
                return Ok(stasis_pages::FillPipe::into_object(&object, &what, images)?);
            }
            let ranges: Vec<FillRange> = target.ranges.as_chunks::<3>().0.iter().map(fill_range).collect();
            let uffd = if target.uffd >= 0 {
                Some(session.descriptor(pid, target.uffd)?)
            } else {
                None
            };
            let memory = (pid, session.memory(pid)?);
            Ok(stasis_pages::FillPipe::into_task(memory, images, &ranges, uffd)?)
        })
    }

    /// A pipe into a new file that stands for a deleted one.
    #[napi]
    pub fn ghost_fill(&self, dir: String, target: GhostTarget) -> FillPipe {
        let session = Arc::clone(&self.0);
        FillPipe::new(move || {
            Ok(Load {
                dir: open_dir(&dir)?,
                name: target.name,
                ghost: Ghost {
                    head: target.offset as u64,
                    size: target.size.get_u64().1,
                    chunks: target.chunks,
                },
                target: session.descriptor(session.host_pid(target.pid)?, target.fd)?,
                crc: target.crc32,
                begun: AtomicBool::default(),
                stop: AtomicBool::default(),
            })
        })
    }

    /// The last step: every thread gets its own registers, the restorer leaves, and the tree runs. `takeover` is an
    /// encoded `stasis.facts.Takeover`.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn finish<'env>(&self, env: &'env Env, takeover: Uint8Array) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        let takeover = takeover.to_vec();
        promise(env, "restore.finish", move || Ok(session.finish(&takeover)?))
    }

    /// Whether the tree has been let go.
    #[napi]
    pub fn is_running(&self) -> bool {
        self.0.is_running()
    }

    /// Kills everything that was made and resolves when it is gone.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn abort<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, "restore.abort", move || {
            session.abort()?;
            Ok(())
        })
    }

    /// Resolves when the root has ended.
    #[napi(ts_return_type = "Promise<TreeEnd>")]
    pub fn wait<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let session = Arc::clone(&self.0);
        promise(env, "restore.wait", move || {
            let end = session
                .wait()
                .map_err(|error| Failure::host("wait for the restored tree", "waitpid", "", &error))?;
            Ok(TreeEnd {
                code: end.code,
                signal: end.signal,
            })
        })
    }

    /// Sends a signal to the root.
    #[napi]
    pub fn signal(&self, signal: i32) -> Result<()> {
        self.0.signal(signal).map_err(|error| {
            to_napi(&Failure::host(
                "signal the restored tree",
                "pidfd_send_signal",
                "",
                &error,
            ))
        })
    }
}

fn fill_range([start, end, flags]: &[f64; 3]) -> FillRange {
    let flags = *flags as u32;
    FillRange {
        start: *start as u64,
        end: *end as u64,
        kind: match flags & 5 {
            0 => Kind::Anonymous,
            1 => Kind::FilePrivate,
            _ => Kind::Kernel,
        },
    }
}
