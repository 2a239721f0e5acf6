// SPDX-License-Identifier: GPL-2.0-only
//! Starting the seed of a restored tree from a process of many threads.

mod child;
mod image;
mod run;

use std::fmt;
use std::fs;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use crate::arena::Arena;
use crate::error::Error;

/// For how long a pid that is taken is asked for again: a dead task's number comes free late (6.15), a passing process's soon.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whose child the tree's root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The caller's, with `SIGCHLD` when it ends; the caller waits for it.
    Caller,
    /// Nobody's: init or the nearest child subreaper adopts it.
    Adopted,
}

/// How to start the seed. It begins with an empty signal mask, all default signal actions, an empty environment
/// and these descriptors; whatever else a child inherits (session, working directory, credentials, limits,
/// affinity of the calling thread, …) is for the program to set.
#[derive(Clone, Copy, Debug)]
pub struct Spawn<'fd> {
    /// Its process id; 0 for any.
    pub pid: i32,
    pub parent: Parent,
    /// Descriptors 0, 1 and 2; `/dev/null` where there is none.
    pub stdio: [Option<BorrowedFd<'fd>>; 3],
    /// More descriptors, with the numbers they are to have, from 4 on.
    pub keep: &'fd [(BorrowedFd<'fd>, RawFd)],
}

/// A seed on its way: its executable has been started.
#[derive(Debug)]
pub struct Spawned {
    pub pid: i32,
    /// Close-on-exec; readable once the process has ended.
    pub pidfd: OwnedFd,
}

/// Why there is no seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpawnError {
    /// The process id is in use.
    PidTaken {
        pid: i32,
        /// Command name of the process or thread that has it. None where it is only the id of a process group or
        /// session that has lost its leader, or the holder is gone by now.
        holder: Option<String>,
    },
    Failed(Error),
}

impl fmt::Display for SpawnError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PidTaken {
                pid,
                holder: Some(name),
            } => {
                write!(out, "cannot create process {pid}: the pid is taken by {name}")
            }
            Self::PidTaken { pid, holder: None } => {
                write!(
                    out,
                    "cannot create process {pid}: the pid is taken, as a process group or session id"
                )
            }
            Self::Failed(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for SpawnError {}

impl From<Error> for SpawnError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Starts the seed with the arena, whose [hole](Arena::set_hole) must be set. Comes back as soon as the seed's executable
/// runs; from then on the arena's news and the pidfd tell.
///
/// # Errors
/// [`SpawnError::PidTaken`] for a second, or the system call that failed. No process is left behind.
pub fn spawn_seed(arena: &Arena, how: &Spawn<'_>) -> Result<Spawned, SpawnError> {
    let until = Instant::now() + PATIENCE;
    let mut spawned = run::run(arena, how);
    while how.pid != 0 && spawned.as_ref().is_err_and(is_taken) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
        spawned = run::run(arena, how);
    }
    spawned.map_err(|error| {
        if how.pid != 0 && is_taken(&error) {
            let comm = fs::read_to_string(format!("/proc/{}/comm", how.pid)).ok();
            return SpawnError::PidTaken {
                pid: how.pid,
                holder: comm.map(|it| it.trim_end().to_owned()),
            };
        }
        SpawnError::Failed(error)
    })
}

fn is_taken(error: &Error) -> bool {
    error.errno == Some(libc::EEXIST)
}
