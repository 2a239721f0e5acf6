// SPDX-License-Identifier: GPL-2.0-only
//! Starting the seed of a restored tree from a process of many threads.

mod child;
mod image;
mod request;
mod run;

use std::fs;
use std::time::{Duration, Instant};

use crate::arena::Arena;
use crate::error::Error;

pub use request::{Parent, Spawn, SpawnError, Spawned};

/// For how long a pid that is taken is asked for again: a dead task's number comes free late (6.15), a passing process's soon.
const PATIENCE: Duration = Duration::from_secs(1);

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
