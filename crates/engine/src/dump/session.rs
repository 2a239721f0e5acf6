// SPDX-License-Identifier: GPL-2.0-only
use super::collect::{self, Prepared};
use super::end;
use super::failure::{failure, injected, over};
use super::seen::{encoded, forget_contents, own_range, private_bytes, threads_alone};
use crate::identity::{Identities, strangers};
use crate::worker::{Lost, StartError, Worker};
use crate::{descriptors, facts};
use stasis_arena::Gate;
use stasis_pages::{DumpPipe, PageFiles};
use stasis_task::{Frozen, Result, TaskError, freeze};
use stasis_wire::Message;
use stasis_wire::facts::Survey;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

/// Bytes that are freed in next to no time.
const SOON_FREE: u64 = 64 << 20;

/// What becomes of the tasks when the dump is done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// They run on as if nothing had happened.
    Run,
    /// They stay stopped (`SIGSTOP`).
    Stop,
    /// They are killed.
    Kill,
}

/// A frozen tree. Dropping the session lets it run on.
#[derive(Debug)]
pub struct DumpSession {
    /// `None` once the tree has been let go.
    worker: Mutex<Option<Worker<Tree>>>,
    /// What was seen, for page pipes, too: they must not stand in line for the tracing thread.
    seen: Seen,
    /// The way to what is in flight, given up before the tree runs on: it would keep locks, pipes and terminals alive.
    in_flight: Held,
    /// Of a tree with a PID namespace of its own: whoever asks of a task names it by that one's numbers.
    identities: Option<Arc<Identities>>,
    root: i32,
}

type Seen = Arc<RwLock<Survey>>;
type Held = Arc<Mutex<facts::InFlight>>;

struct Tree {
    frozen: Frozen,
    gate: Gate,
    seen: Seen,
    in_flight: Held,
    identities: Option<Arc<Identities>>,
    ahead: Vec<Option<Result<Prepared>>>,
    since: Instant,
    /// The images are whole, and the kill has begun: whatever happens, none of it runs on.
    doomed: bool,
}

impl Tree {
    fn end(mut self) {
        lock(&self.in_flight).clear();
        if self.doomed {
            let _ = end::kill(&mut self.frozen);
        }
        let _ = self.frozen.release();
    }
}

impl DumpSession {
    /// Freezes the tree below `root` and looks at it from outside. `messages`: also at datagrams that wait, not all
    /// of which can be seen twice.
    pub fn freeze(root: i32, messages: bool) -> Result<Self> {
        descriptors::make_room();
        let seen = Seen::default();
        let hand = Arc::clone(&seen);
        let in_flight = Held::default();
        let kept = Arc::clone(&in_flight);
        let (report, reported) = std::sync::mpsc::channel();
        let begin = move || {
            let gate =
                Gate::new().map_err(|error| TaskError::from(error).during("prepare the dump", root))?;
            let since = Instant::now();
            let mut frozen = freeze(root)?;
            let fault = stasis_fault::at("dump.frozen").map_err(|error| injected(root, &error));
            match fault.and_then(|()| facts::survey(&frozen, messages)) {
                Ok((mut survey, in_flight)) => {
                    let identities = Identities::of_dumped(&survey.tasks).map(Arc::new);
                    if identities.is_some() {
                        survey.refusals.extend(strangers(&survey.tasks));
                    }
                    let _ = report.send(identities.clone());
                    *write(&hand) = survey;
                    *lock(&kept) = in_flight;
                    Ok(Tree {
                        frozen,
                        gate,
                        seen: hand,
                        in_flight: kept,
                        identities,
                        ahead: Vec::new(),
                        since,
                        doomed: false,
                    })
                }
                Err(error) => {
                    frozen.release()?;
                    Err(error)
                }
            }
        };
        match Worker::start("stasis-ptrace", begin, Tree::end) {
            Ok(worker) => Ok(Self {
                worker: Mutex::new(Some(worker)),
                seen,
                in_flight,
                identities: reported.recv().ok().flatten(),
                root,
            }),
            Err(StartError::Begin(error)) => Err(error),
            Err(StartError::Thread(error)) => Err(TaskError::io("start the dump", "clone", root, 0, &error)),
            Err(StartError::Lost(lost)) => Err(failure(root, lost)),
        }
    }

    /// `stasis.facts.Survey`, encoded; to be asked for once, as unread contents are given away with it. While the caller
    /// looks at it, the visits are prepared.
    pub fn survey(&self) -> Result<Vec<u8>> {
        let survey = encoded(&read(&self.seen), self.identities.as_deref());
        forget_contents(&mut write(&self.seen));
        if let Some(worker) = self.worker().as_ref() {
            worker.post(|tree| tree.ahead = collect::prepare_ahead(&tree.frozen, &read(&tree.seen)));
        }
        Ok(survey)
    }

    /// Asks every live process from inside. One encoded `stasis.facts.Inner` each, in the survey's order; then a survey
    /// of pids and threads only, the latter completed by registers and signal masks.
    pub fn collect(&self) -> Result<Vec<Vec<u8>>> {
        self.run(|tree| {
            let ahead = std::mem::take(&mut tree.ahead);
            let mut survey = write(&tree.seen);
            let mut answers = collect::ask(&mut tree.frozen, &mut survey, ahead, &mut tree.gate)?;
            let identities = tree.identities.as_deref();
            if let Some(identities) = identities {
                answers.iter_mut().for_each(|inner| identities.inner(inner));
            }
            let mut buffers: Vec<_> = answers.iter().map(Message::encode_to_vec).collect();
            buffers.push(threads_alone(&mut survey, identities));
            Ok(buffers)
        })
    }

    /// A pipe for the private memory of one task.
    pub fn task_pipe(&self, pid: i32, dir: BorrowedFd<'_>, files: PageFiles) -> Result<DumpPipe> {
        let pid = self.host(pid)?;
        let ranges: Vec<_> = read(&self.seen)
            .tasks
            .iter()
            .find(|task| task.pid == pid)
            .map_or_else(Vec::new, |task| task.vmas.iter().filter_map(own_range).collect());
        Ok(DumpPipe::of_task(pid, &ranges, dir, files)?)
    }

    /// A pipe for a shared memory object, by its id in the survey.
    pub fn object_pipe(&self, id: u32, dir: BorrowedFd<'_>, files: PageFiles) -> Result<DumpPipe> {
        let (object, pid) = self.object(id)?;
        let what = format!("shared memory {id}");
        DumpPipe::of_object(&object, &what, dir, files).map_err(|error| TaskError { pid, ..error.into() })
    }

    /// Our number of a task, or 0 for none.
    fn host(&self, pid: i32) -> Result<i32> {
        let Some(identities) = self.identities.as_deref().filter(|_| pid != 0) else {
            return Ok(pid);
        };
        identities
            .host(pid)
            .ok_or_else(|| TaskError::because("look for a task", pid, "the survey does not know it"))
    }

    fn object(&self, id: u32) -> Result<(OwnedFd, i32)> {
        let seen = read(&self.seen);
        // Ids are positions, from 1.
        let found = seen.memory_objects.get((id as usize).wrapping_sub(1));
        let object = found.ok_or_else(|| {
            TaskError::because(
                "dump shared memory",
                self.root,
                format!("there is no object {id}"),
            )
        })?;
        let pid = object.pid;
        let path = if object.map_end == 0 {
            self.descriptor(pid, object.fd, object.description)?
        } else {
            format!(
                "/proc/{pid}/map_files/{:x}-{:x}",
                object.map_start, object.map_end
            )
        };
        let file = std::fs::File::open(path)
            .map_err(|error| TaskError::io("dump shared memory", "open", pid, 0, &error))?;
        Ok((file.into(), pid))
    }

    /// The link of `/proc` to a descriptor of a task, or to ours of a description that is only in flight.
    fn descriptor(&self, pid: i32, fd: i32, description: u32) -> Result<String> {
        if fd >= 0 {
            return Ok(format!("/proc/{pid}/fd/{fd}"));
        }
        let held = lock(&self.in_flight);
        let kept = held.get(&description);
        let cause = || {
            TaskError::because(
                "look at a descriptor in flight",
                pid,
                "the survey did not keep it",
            )
        };
        Ok(format!("/proc/self/fd/{}", kept.ok_or_else(cause)?.as_raw_fd()))
    }

    /// The link of `/proc` behind which a file without a name is: an open description of the survey, or a mapping of
    /// `pid` that starts at `vma_start` (0: the description).
    pub fn link(&self, description: u32, pid: i32, vma_start: u64) -> Result<String> {
        let pid = self.host(pid)?;
        let missing = || TaskError::because("save a deleted file", self.root, "the survey does not know it");
        let seen = read(&self.seen);
        if vma_start == 0 {
            let found = seen.descriptions.get((description as usize).wrapping_sub(1));
            let found = found.ok_or_else(missing)?;
            return self.descriptor(found.pid, found.fd, found.id);
        }
        let task = seen.tasks.iter().find(|task| task.pid == pid);
        let vma = task.and_then(|task| task.vmas.iter().find(|vma| vma.start == vma_start));
        let vma = vma.ok_or_else(missing)?;
        Ok(format!("/proc/{pid}/map_files/{:x}-{:x}", vma.start, vma.end))
    }

    /// Lets the tree go, one way or the other; returns how long it was frozen. Nothing else can be asked afterwards.
    ///
    /// Killed tasks never run again, but it takes them 40 ms a GiB to free their memory, and only then their pids come
    /// free. Most are gone when this returns; for large ones it does not wait, a restore does.
    ///
    /// Each task is signalled and let go, whatever becomes of another; the first error is told then.
    pub fn release(&self, mode: Release) -> Result<Duration> {
        let done = self.on_worker(move |tree| {
            lock(&tree.in_flight).clear();
            tree.doomed |= mode == Release::Kill;
            // While all are still held: none sees another one gone and acts on it.
            let signalled = match mode {
                Release::Run => Ok(()),
                Release::Stop => end::stop(&tree.frozen),
                Release::Kill => end::kill(&mut tree.frozen),
            };
            let killed = tree.since.elapsed();
            let released = tree.frozen.release();
            signalled.and(released)?;
            let frozen = match mode {
                Release::Kill => killed,
                _ => tree.since.elapsed(),
            };
            let pids: Vec<i32> = tree.frozen.processes.iter().map(|process| process.pid).collect();
            Result::Ok((frozen, pids))
        });
        // A traced thread that was killed stays a zombie of its tracer: the tracer's end is what frees it.
        drop(self.worker().take());
        let (frozen, pids) = match done {
            Ok(done) => done?,
            // After a panic the tree has been let go, or is dead, already.
            Err(Some(Lost::Panicked(_))) if mode == Release::Run => return Ok(Duration::ZERO),
            Err(Some(lost)) => return Err(failure(self.root, lost)),
            // It has been let go already, whatever was told of that.
            Err(None) => return Ok(Duration::ZERO),
        };
        if mode == Release::Kill && private_bytes(&read(&self.seen)) <= SOON_FREE {
            end::wait(&pids);
        }
        Ok(frozen)
    }

    fn worker(&self) -> MutexGuard<'_, Option<Worker<Tree>>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<R: Send + 'static>(&self, job: impl FnOnce(&mut Tree) -> Result<R> + Send + 'static) -> Result<R> {
        match self.on_worker(job) {
            Ok(result) => result,
            Err(Some(lost)) => Err(failure(self.root, lost)),
            Err(None) => Err(over(self.root)),
        }
    }

    /// The job's result, or why there is none: `None` where the tree has been let go.
    fn on_worker<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tree) -> R + Send + 'static,
    ) -> std::result::Result<R, Option<Lost>> {
        self.worker().as_ref().ok_or(None)?.run(job).map_err(Some)
    }
}

fn lock(held: &Held) -> MutexGuard<'_, facts::InFlight> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(seen: &Seen) -> RwLockReadGuard<'_, Survey> {
    seen.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(seen: &Seen) -> RwLockWriteGuard<'_, Survey> {
    seen.write().unwrap_or_else(PoisonError::into_inner)
}
