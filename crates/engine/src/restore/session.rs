// SPDX-License-Identifier: GPL-2.0-only
use super::error::RestoreError;
use super::failure::failure;
use super::ours::Ours;
use super::request::{End, Start};
use super::takeover::{self, Held};
use super::watch::{self, Watched};
use crate::identity::Restored;
use crate::worker::{Lost, StartError, Worker};
use crate::{descriptors, sys};
use stasis_arena::{Arena, Gate, Image, Parent, Spawn, SpawnError, spawn_seed};
use stasis_task::TaskError;
use stasis_wire::Message;
use stasis_wire::facts::Takeover;
use std::fs::File;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A tree being made. Dropping the session before it is finished kills everything it made.
#[derive(Debug)]
pub struct RestoreSession {
    worker: Worker<Making>,
    arena: Arena,
    ours: Ours,
    /// Of each strand, as the images have them.
    tids: Arc<Vec<i32>>,
    numbers: Arc<Restored>,
    /// As this host has it.
    root: i32,
    pidfd: OwnedFd,
    /// Somebody asked to give up.
    cancelled: Arc<AtomicBool>,
    /// The tree has been let go.
    running: Arc<AtomicBool>,
}

struct Making {
    arena: Arena,
    gate: Gate,
    tids: Arc<Vec<i32>>,
    numbers: Arc<Restored>,
    held: Vec<Held>,
    root: i32,
    detached: bool,
    done: bool,
    running: Arc<AtomicBool>,
}

impl RestoreSession {
    /// Spawns the seed, which starts running strand 0's program.
    pub fn start(image: &Image, start: Start) -> Result<Self, RestoreError> {
        descriptors::make_room();
        let (root, seed_pid) = (start.root, start.seed);
        let tids: Vec<i32> = (0..image.strands()).map(|strand| image.tid(strand)).collect();
        let failed = move |what: &'static str| {
            move |error: stasis_arena::Error| TaskError::from(error).during(what, root)
        };
        let arena = Arena::create(image).map_err(failed("prepare the restore"))?;
        arena
            .set_hole(&start.candidates, start.parking)
            .map_err(failed("prepare the restore"))?;
        let tids = Arc::new(tids);
        let (hand, shared, detached) = (arena.clone(), Arc::clone(&tids), start.detached);
        let (report, spawned) = std::sync::mpsc::channel();
        let running = Arc::<AtomicBool>::default();
        let runs = Arc::clone(&running);
        let begin = move || {
            let mut gate = Gate::new().map_err(failed("prepare the restore"))?;
            gate.hold(&hand).map_err(failed("prepare the restore"))?;
            let stdio = std::io::stdin();
            let (out, err) = (std::io::stdout(), std::io::stderr());
            let inherited = [Some(stdio.as_fd()), Some(out.as_fd()), Some(err.as_fd())];
            let seed = spawn_seed(
                &hand,
                &Spawn {
                    pid: seed_pid,
                    pid_namespace: start.pid_namespace,
                    parent: if detached { Parent::Adopted } else { Parent::Caller },
                    stdio: inherited,
                    keep: &[],
                },
            );
            let seed = seed.map_err(|error| match error {
                SpawnError::PidTaken { pid, holder } => RestoreError::PidTaken { pid, holder },
                SpawnError::Failed(error) => RestoreError::Task(failed("start the seed")(error)),
            })?;
            let (root, numbers) = if start.pid_namespace {
                (seed.pid, Restored::below(seed.pid))
            } else {
                (root, Restored::Ours)
            };
            let numbers = Arc::new(numbers);
            let _ = report.send((seed.pidfd, root, Arc::clone(&numbers)));
            let making = Making {
                arena: hand,
                gate,
                tids: shared,
                numbers,
                held: Vec::new(),
                root,
                detached,
                done: false,
                running: runs,
            };
            match stasis_fault::at("restore.seeded") {
                Ok(()) => Ok(making),
                Err(error) => {
                    making.end();
                    let error = TaskError::io("restore the tree", "fault", root, 0, &error);
                    Err(RestoreError::Task(error))
                }
            }
        };
        let worker = Worker::start("stasis-restore", begin, Making::end).map_err(|error| match error {
            StartError::Begin(error) => error,
            StartError::Thread(error) => TaskError::io("start the restore", "clone", root, 0, &error).into(),
            StartError::Lost(lost) => failure(root, lost).into(),
        })?;
        let ended = |_| failure(root, Lost::Panicked(String::from("it has ended")));
        let (pidfd, root, numbers) = spawned.recv().map_err(ended)?;
        Ok(Self {
            worker,
            ours: Ours::new(&arena),
            arena,
            tids,
            numbers,
            root,
            pidfd,
            cancelled: Arc::default(),
            running,
        })
    }

    /// Waits until a barrier is open, or a strand failed, or a task ended before its time.
    pub fn reached(&self, barrier: u32) -> Result<(), RestoreError> {
        watch::until(self.watched(), |arena| arena.is_open(barrier))
    }

    /// Opens a barrier that the tasks wait at for the host.
    pub fn open(&self, barrier: u32) {
        self.arena.open(barrier);
    }

    /// Waits until every strand is parked or has ended as planned.
    pub fn parked(&self) -> Result<(), RestoreError> {
        use stasis_abi::State;
        watch::until(self.watched(), |arena| arena.all(&[State::Parked, State::Exited]))
    }

    /// The last step: every thread gets its own registers, the restorer leaves, and the tree runs.
    pub fn finish(&self, takeover: &[u8]) -> Result<(), RestoreError> {
        let takeover = Takeover::decode(takeover)
            .map_err(|error| TaskError::because("finish the restore", self.root, error.to_string()))?;
        self.run(move |making| making.finish(&takeover))
            .map_err(RestoreError::Task)
    }

    /// Whether the tree has been let go: from then on it is not taken back.
    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    /// Kills everything that was made, and waits until it is gone.
    ///
    /// # Errors
    /// A task has not ended, which is named.
    pub fn abort(&self) -> Result<(), TaskError> {
        self.cancelled.store(true, Ordering::Release);
        match self.worker.run(Making::kill) {
            Ok(result) => result,
            // It has been killed on that occasion.
            Err(Lost::Panicked(_)) => Ok(()),
            Err(lost) => Err(failure(self.root, lost)),
        }
    }

    /// Waits for the root, a child of this process, to end.
    pub fn wait(&self) -> std::io::Result<End> {
        let status = sys::wait_child(self.root, true)?.unwrap_or(0);
        let exited = libc::WIFEXITED(status);
        Ok(End {
            code: exited.then(|| libc::WEXITSTATUS(status)),
            signal: (!exited).then(|| libc::WTERMSIG(status)),
        })
    }

    /// Sends a signal to the root, by its pidfd: never to a later bearer of the number.
    pub fn signal(&self, signal: i32) -> std::io::Result<()> {
        let signal = rustix::process::Signal::from_named_raw(signal)
            .ok_or_else(|| std::io::Error::from_raw_os_error(libc::EINVAL))?;
        Ok(rustix::process::pidfd_send_signal(&self.pidfd, signal)?)
    }

    /// This host's number of a task, which is named as the images do; from when it has been made on.
    ///
    /// # Errors
    /// There is none such.
    pub fn host_pid(&self, pid: i32) -> Result<i32, TaskError> {
        let none = || TaskError {
            errno: libc::ESRCH,
            ..TaskError::because("look for a task", pid, "it has ended, or has not been made yet")
        };
        self.numbers.host(pid).ok_or_else(none)
    }

    /// A descriptor of one of the tasks, as our own.
    pub fn descriptor(&self, pid: i32, number: i32) -> Result<OwnedFd, TaskError> {
        self.ours.descriptor(pid, number)
    }

    /// The memory of one of the tasks, to be written to.
    pub fn memory(&self, pid: i32) -> Result<File, TaskError> {
        self.ours.memory(pid)
    }

    /// The shared memory behind a mapping of one of the tasks. Needs `CAP_CHECKPOINT_RESTORE`.
    pub fn mapped(&self, pid: i32, range: &Range<u64>) -> Result<OwnedFd, TaskError> {
        self.ours.mapped(pid, range)
    }

    fn watched(&self) -> Watched<'_> {
        Watched {
            arena: &self.arena,
            tids: &self.tids,
            numbers: &self.numbers,
            cancelled: &self.cancelled,
        }
    }

    fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Making) -> Result<R, TaskError> + Send + 'static,
    ) -> Result<R, TaskError> {
        self.worker
            .run(job)
            .unwrap_or_else(|lost| Err(failure(self.root, lost)))
    }
}

impl Making {
    fn finish(&mut self, takeover: &Takeover) -> Result<(), TaskError> {
        let injected =
            |error: std::io::Error| TaskError::io("finish the restore", "fault", self.root, 0, &error);
        takeover::hold(takeover, &self.numbers, &mut self.held)?;
        stasis_fault::at("restore.held").map_err(injected)?;
        takeover::put_back(&mut self.held, &self.arena)?;
        stasis_fault::at("restore.put-back").map_err(injected)?;
        // All of them or none: a call a thread, which wakes nobody, and nothing of the tree has run yet.
        self.held.iter().try_for_each(Held::outlive)?;
        stasis_fault::at("restore.outlived").map_err(injected)?;
        // Those first that are to be left stopped, which may fail.
        self.held.iter().try_for_each(Held::stop)?;
        stasis_fault::at("restore.stopped").map_err(injected)?;
        // Past this point nothing can fail but by a task's own death.
        self.done = true;
        self.running.store(true, Ordering::Release);
        self.gate.release(&self.arena);
        // All of them: whoever stayed behind would die with us. One that another has killed already needs nothing.
        let results: Vec<_> = self.held.iter_mut().map(Held::release).collect();
        // Whoever is being killed at this very moment would stay a zombie as long as we live, and we may for as long as the tree.
        for held in self.held.drain(..).rev() {
            let child = held.pid == self.root && !self.detached;
            held.bury_for(child);
        }
        let mut failed = results.into_iter().filter_map(Result::err);
        failed.find(|error| !error.is_gone()).map_or(Ok(()), Err)
    }

    fn kill(&mut self) -> Result<(), TaskError> {
        if self.done {
            return Ok(());
        }
        self.done = true;
        self.arena.abort();
        // Those that have left the hole are not known by it any more.
        let held: Vec<_> = self.held.drain(..).collect();
        let killed = held.iter().map(Held::kill).collect();
        // Their ids come free when their tracer has taken note of their ends; the init of a namespace, which is the first,
        // ends when all others have.
        held.into_iter().rev().for_each(Held::bury);
        let result = watch::kill_all(
            &self.arena,
            &self.tids,
            &self.numbers,
            self.root,
            !self.detached,
            killed,
        );
        self.gate.release(&self.arena);
        result
    }

    fn end(mut self) {
        let _ = self.kill();
    }
}
