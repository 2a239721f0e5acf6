// SPDX-License-Identifier: GPL-2.0-only
//! Threads for work that blocks: as many as there is work, kept for the next. To begin and to end a thread costs more
//! than the pages of a small task, above all in a virtual machine, where its stack's end interrupts every other CPU.
use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

type Job = Box<dyn FnOnce() + Send>;

/// Threads that stay when there is nothing to do.
const KEPT: usize = 8;

#[derive(Default)]
struct Shared {
    jobs: VecDeque<Job>,
    idle: usize,
}

static SHARED: Mutex<Shared> = Mutex::new(Shared {
    jobs: VecDeque::new(),
    idle: 0,
});
static CAME: Condvar = Condvar::new();

/// Runs `job` at once, on an idle thread or on a new one: it never waits for another to end.
///
/// # Errors
/// There is no thread to be had.
pub(crate) fn run(job: Job) -> io::Result<()> {
    let mut shared = shared();
    if shared.idle > shared.jobs.len() {
        shared.jobs.push_back(job);
        CAME.notify_one();
        return Ok(());
    }
    drop(shared);
    std::thread::Builder::new()
        .name(String::from("stasis-work"))
        .spawn(move || work(job))?;
    Ok(())
}

fn work(first: Job) {
    let mut next = Some(first);
    while let Some(job) = next {
        job();
        next = wait();
    }
}

/// The next job; `None` when enough others wait for one.
fn wait() -> Option<Job> {
    let mut shared = shared();
    if shared.idle >= KEPT {
        return None;
    }
    shared.idle += 1;
    loop {
        if let Some(job) = shared.jobs.pop_front() {
            shared.idle -= 1;
            return Some(job);
        }
        shared = CAME.wait(shared).unwrap_or_else(PoisonError::into_inner);
    }
}

fn shared() -> MutexGuard<'static, Shared> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}
