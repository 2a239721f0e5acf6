// SPDX-License-Identifier: GPL-2.0-only
//! What is asked of a spawn, and what comes of it.

use std::fmt;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

use crate::error::Error;

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
    /// It is the init of a new PID namespace, where its id is 1. Takes `CAP_SYS_ADMIN`.
    pub pid_namespace: bool,
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
