// SPDX-License-Identifier: GPL-2.0-only
use crate::{ErrorKind, Result, TaskError, procfs, ptrace};
use std::time::{Duration, Instant};

/// Why a traced thread is not running, decoded from its wait status (ptrace(2), "Stopped states").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// `PTRACE_EVENT_STOP` by our own interrupt.
    Interrupted,
    /// `PTRACE_EVENT_STOP` because the whole process is stopped by this signal.
    Group(i32),
    /// About to receive this signal; it is in our hands and lost unless passed on when resuming.
    Signal(i32),
    /// Entry into or exit from a system call.
    Syscall,
    /// Another ptrace event.
    Event(i32),
    Exited(i32),
    Killed(i32),
}

impl Stop {
    #[must_use]
    pub fn from_status(status: i32) -> Self {
        if libc::WIFEXITED(status) {
            return Self::Exited(libc::WEXITSTATUS(status));
        }
        if libc::WIFSIGNALED(status) {
            return Self::Killed(libc::WTERMSIG(status));
        }
        let signal = libc::WSTOPSIG(status);
        match status >> 16 {
            0 if signal == (libc::SIGTRAP | 0x80) => Self::Syscall,
            0 => Self::Signal(signal),
            libc::PTRACE_EVENT_STOP if signal == libc::SIGTRAP => Self::Interrupted,
            libc::PTRACE_EVENT_STOP => Self::Group(signal),
            event => Self::Event(event),
        }
    }

    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Exited(_) | Self::Killed(_))
    }
}

/// How long a thread may take to stop.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the next stop of a traced thread. `asleep`: for how long at most while it is in uninterruptible sleep (NFS, a
/// vfork parent), which takes as long as what it waits for.
pub(crate) fn next_stop(pid: i32, tid: i32, asleep: Duration) -> Result<Stop> {
    let mut started: Option<Instant> = None;
    let mut rounds = 0u32;
    loop {
        if let Some(status) = ptrace::named(ptrace::poll_status(tid), "wait for a stop", "waitid", pid, tid)?
        {
            return Ok(Stop::from_status(status));
        }
        rounds += 1;
        // A running thread stops within microseconds: yield first, sleep only when it does not.
        if rounds < 64 {
            std::thread::yield_now();
            continue;
        }
        let begun = *started.get_or_insert_with(Instant::now);
        if let Some(status) = ptrace::current_status(tid) {
            return Ok(Stop::from_status(status));
        }
        let waited = begun.elapsed();
        if waited > asleep.min(PATIENCE) {
            let state = procfs::stat(pid, tid).map_or('?', |stat| stat.state);
            if state == 'D' {
                return Err(crate::asleep::error(pid, tid, waited));
            }
            if waited >= PATIENCE {
                let cause = format!("it is still in state {state} after {waited:.1?}");
                return Err(TaskError {
                    tid,
                    ..TaskError::because("stop a thread", pid, cause).of_kind(ErrorKind::Unfinished)
                });
            }
            std::thread::sleep(Duration::from_millis(1));
            continue;
        }
        std::thread::sleep(Duration::from_micros(if rounds < 256 { 50 } else { 1000 }));
    }
}
