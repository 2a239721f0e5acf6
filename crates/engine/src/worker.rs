// SPDX-License-Identifier: GPL-2.0-only
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What a job leaves to be said once the state has been taken down, if it panicked.
type Told = Option<Box<dyn FnOnce() + Send>>;
type Job<S> = Box<dyn FnOnce(&mut S) -> Told + Send>;

/// Set to have it otherwise than [`LIMIT`], in milliseconds: for tests.
const VARIABLE: &str = "STASIS_DEADLINE";
/// How long a job may take before it is believed to be stuck in the kernel. The largest trees take a few seconds.
const LIMIT: Duration = Duration::from_secs(120);

/// One OS thread that owns a state `S` and runs jobs on it, one after another.
///
/// ptrace(2) belongs to threads, not processes: only the thread that seized a task may touch it, and
/// when that thread ends the kernel lets its tasks go. So a session's calls all come from here, and
/// dropping the worker, or dying, is what releases what nobody released.
///
/// A job that panics is the last one: the state is taken down by `end`, and whoever waits is told. One that does not come to
/// an end is left to itself: the caller is told, and when this process ends the kernel does the rest.
pub struct Worker<S> {
    jobs: Option<Sender<Job<S>>>,
    thread: Option<JoinHandle<()>>,
    panicked: Panicked,
    stuck: AtomicBool,
}

type Panicked = Arc<Mutex<Option<String>>>;

/// Why a job gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It, or one before it, panicked.
    Panicked(String),
    /// It, or one before it, is not over after so long.
    Stuck(Duration),
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
        let panicked = Panicked::default();
        let noted = Arc::clone(&panicked);
        let work = move || {
            let mut state = match stasis_fault::caught(begin) {
                Ok(Ok(state)) => state,
                Ok(Err(error)) => return drop(ready.send(Err(StartError::Begin(error)))),
                Err(text) => return drop(ready.send(Err(StartError::Lost(Lost::Panicked(text))))),
            };
            let _ = ready.send(Ok(()));
            let told = serve(&queue, &mut state, &noted);
            drop(queue);
            if let Err(text) = stasis_fault::caught(|| end(state)) {
                note(&noted, text);
            }
            if let Some(told) = told {
                told();
            }
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .map_err(StartError::Thread)?;
        match receive(&started) {
            Ok(Ok(())) => Ok(Self {
                jobs: Some(jobs),
                thread: Some(thread),
                panicked,
                stuck: AtomicBool::new(false),
            }),
            Ok(Err(error)) => {
                // What it had seized is free when it has ended, and not before.
                let _ = thread.join();
                Err(error)
            }
            Err(RecvTimeoutError::Timeout) => Err(StartError::Lost(Lost::Stuck(limit()))),
            Err(RecvTimeoutError::Disconnected) => {
                Err(StartError::Lost(Lost::Panicked(String::from("it ended"))))
            }
        }
    }

    /// Has `job` run on the worker's thread before whatever is asked for next.
    pub fn post(&self, job: impl FnOnce(&mut S) + Send + 'static) {
        if let Some(jobs) = &self.jobs {
            let noted = Arc::clone(&self.panicked);
            let job = move |state: &mut S| -> Told {
                let text = stasis_fault::caught(|| job(state)).err()?;
                note(&noted, text);
                Some(Box::new(|| {}))
            };
            // A thread that has ended is found out by the next `run`.
            let _ = jobs.send(Box::new(job));
        }
    }

    /// Runs `job` on the worker's thread and waits for its result.
    pub fn run<R: Send + 'static>(&self, job: impl FnOnce(&mut S) -> R + Send + 'static) -> Result<R, Lost> {
        let (answer, result) = channel();
        let noted = Arc::clone(&self.panicked);
        let job = move |state: &mut S| -> Told {
            match stasis_fault::caught(|| job(state)) {
                Ok(value) => {
                    let _ = answer.send(value);
                    None
                }
                Err(text) => {
                    note(&noted, text);
                    // To end the wait, not before the state is taken down.
                    Some(Box::new(move || drop(answer)))
                }
            }
        };
        if self.stuck.load(Ordering::Relaxed) {
            return Err(Lost::Stuck(limit()));
        }
        if let Some(jobs) = &self.jobs {
            // One that has ended takes no more: its receiver is gone, and with it the answer's sender.
            let _ = jobs.send(Box::new(job));
        }
        match receive(&result) {
            Ok(value) => Ok(value),
            Err(RecvTimeoutError::Timeout) => {
                self.stuck.store(true, Ordering::Relaxed);
                Err(Lost::Stuck(limit()))
            }
            Err(RecvTimeoutError::Disconnected) => Err(Lost::Panicked(self.last_words())),
        }
    }

    fn last_words(&self) -> String {
        let said = self.panicked.lock().unwrap_or_else(PoisonError::into_inner);
        said.clone().unwrap_or_else(|| String::from("it has ended"))
    }
}

/// Runs jobs until nobody has any more, or one panics.
fn serve<S>(queue: &Receiver<Job<S>>, state: &mut S, noted: &Panicked) -> Told {
    while let Ok(job) = queue.recv() {
        match stasis_fault::caught(|| job(state)) {
            Ok(None) => {}
            Ok(told) => return told,
            Err(text) => {
                note(noted, text);
                return None;
            }
        }
    }
    None
}

fn note(noted: &Panicked, text: String) {
    noted
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert(text);
}

fn receive<T>(channel: &Receiver<T>) -> Result<T, RecvTimeoutError> {
    channel.recv_timeout(limit())
}

fn limit() -> Duration {
    let set = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok());
    set.map_or(LIMIT, Duration::from_millis)
}

impl<S> Drop for Worker<S> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && !self.stuck.load(Ordering::Relaxed)
        {
            let _ = thread.join();
        }
    }
}

/// Why a worker did not start.
#[derive(Debug)]
pub enum StartError<E> {
    Thread(std::io::Error),
    Begin(E),
    Lost(Lost),
}
