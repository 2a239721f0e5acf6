// SPDX-License-Identifier: GPL-2.0-only
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// One OS thread that owns a state `S` and runs jobs on it, one after another.
///
/// ptrace(2) belongs to threads, not processes: only the thread that seized a task may touch it, and
/// when that thread ends the kernel lets its tasks go. So a session's calls all come from here, and
/// dropping the worker, or dying, is what releases what nobody released.
pub struct Worker<S> {
    jobs: Option<Sender<Job<S>>>,
    thread: Option<JoinHandle<()>>,
}

impl<S> std::fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl<S: 'static> Worker<S> {
    /// Starts the thread; `begin` makes the state on it, and `end` gets it when the worker is dropped.
    pub fn start<E: Send + 'static>(
        name: &str,
        begin: impl FnOnce() -> Result<S, E> + Send + 'static,
        end: impl FnOnce(S) + Send + 'static,
    ) -> Result<Self, StartError<E>> {
        let (jobs, queue) = channel::<Job<S>>();
        let (ready, started) = channel();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let mut state = match begin() {
                    Ok(state) => state,
                    Err(error) => {
                        let _ = ready.send(Err(error));
                        return;
                    }
                };
                let _ = ready.send(Ok(()));
                while let Ok(job) = queue.recv() {
                    job(&mut state);
                }
                end(state);
            })
            .map_err(StartError::Thread)?;
        match started.recv() {
            Ok(Ok(())) => Ok(Self {
                jobs: Some(jobs),
                thread: Some(thread),
            }),
            Ok(Err(error)) => Err(StartError::Begin(error)),
            Err(_) => Err(StartError::Panicked),
        }
    }

    /// Has `job` run on the worker's thread before whatever is asked for next.
    pub fn post(&self, job: impl FnOnce(&mut S) + Send + 'static) {
        if let Some(jobs) = &self.jobs {
            // A thread that has died is found out by the next `run`.
            let _ = jobs.send(Box::new(job));
        }
    }

    /// Runs `job` on the worker's thread and waits for its result; `None` when the thread has died.
    pub fn run<R: Send + 'static>(&self, job: impl FnOnce(&mut S) -> R + Send + 'static) -> Option<R> {
        let (answer, result) = channel();
        self.jobs
            .as_ref()?
            .send(Box::new(move |state| {
                let _ = answer.send(job(state));
            }))
            .ok()?;
        result.recv().ok()
    }
}

impl<S> Drop for Worker<S> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Why a worker did not start.
#[derive(Debug)]
pub enum StartError<E> {
    Thread(std::io::Error),
    Begin(E),
    Panicked,
}
