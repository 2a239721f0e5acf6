// SPDX-License-Identifier: GPL-2.0-only
use super::error::RestoreError;
use super::ours::{has_arena, is_over};
use crate::identity::Restored;
use crate::sys;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use stasis_abi::State;
use stasis_arena::Arena;
use stasis_task::{ErrorKind, TaskError, leader_of};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often we look whether somebody gave up.
const POLL: Duration = Duration::from_millis(20);
/// How often tasks are looked at that give no news because they were killed from outside. With a thousand threads this
/// takes 10 ms, on a processor that they could use.
const DEATHS: Duration = Duration::from_millis(200);
/// A barrier is many operations away only for huge trees; nothing waits for a person.
const PATIENCE: Duration = Duration::from_secs(600);

/// A tree that is being made.
#[derive(Clone, Copy)]
pub(super) struct Watched<'a> {
    pub(super) arena: &'a Arena,
    /// Of each strand, as the images have them.
    pub(super) tids: &'a [i32],
    pub(super) numbers: &'a Restored,
    /// Somebody asked to give up.
    pub(super) cancelled: &'a AtomicBool,
}

/// Waits until `done`; an error as soon as a strand failed, a task died or somebody gave up.
pub(super) fn until(watched: Watched<'_>, mut done: impl FnMut(&Arena) -> bool) -> Result<(), RestoreError> {
    let mut found: Option<Result<(), RestoreError>> = None;
    let mut checked = Instant::now();
    watched.arena.wait(PATIENCE, POLL, |arena| {
        found = if let Some(failure) = arena.is_aborted().then(|| arena.failure()).flatten() {
            let tid = watched.tids.get(failure.strand as usize).copied().unwrap_or(0);
            Some(Err(RestoreError::Operation {
                strand: failure.strand,
                tid,
                failure,
            }))
        } else if let Some(error) = arena.seed_failure() {
            Some(Err(TaskError::from(error).during("restore the tree", 0).into()))
        } else if done(arena) {
            Some(Ok(()))
        } else if watched.cancelled.load(Ordering::Acquire) {
            Some(Err(
                TaskError::because("restore the tree", 0, "it was given up").into()
            ))
        } else if checked.elapsed() >= DEATHS {
            checked = Instant::now();
            dead(arena, watched).map(|tid| Err(RestoreError::Ended { tid }))
        } else {
            None
        };
        found.is_some()
    });
    found.unwrap_or_else(|| {
        Err(TaskError::because(
            "restore the tree",
            0,
            format!("nothing happened for {PATIENCE:?}"),
        )
        .into())
    })
}

/// A strand that should be running or waiting, and whose thread has ended.
fn dead(arena: &Arena, Watched { tids, numbers, .. }: Watched<'_>) -> Option<i32> {
    tids.iter().enumerate().find_map(|(strand, tid)| {
        let strand = u32::try_from(strand).ok()?;
        let alive = || matches!(arena.state(strand), Some(State::Running | State::Parked));
        // A thread has its entry under /proc by its tid, too, although listings leave it out. One that ends as it should
        // says so first, which may have been since its state was looked at.
        (alive() && numbers.host(*tid).is_none_or(is_over) && alive()).then_some(*tid)
    })
}

/// Kills every process that has this arena mapped, and waits until all are gone, those of `killed` too. An error names one
/// that has not ended.
pub(super) fn kill_all(
    arena: &Arena,
    tids: &[i32],
    numbers: &Restored,
    root: i32,
    ours: bool,
    mut killed: HashSet<i32>,
) -> Result<(), TaskError> {
    let until = Instant::now() + Duration::from_secs(10);
    let inode = rustix::fs::fstat(arena.object()).map_or(0, |stat| stat.st_ino);
    loop {
        let mut left = false;
        for (strand, tid) in tids.iter().enumerate() {
            let started = u32::try_from(strand).is_ok_and(|strand| arena.state(strand) != Some(State::Idle));
            let Some(tid) = numbers.host(*tid).filter(|tid| started || *tid == root) else {
                continue;
            };
            if kill_with_arena(tid, inode) {
                left = true;
                killed.insert(tid);
            }
        }
        // It has no mappings any more from when it begins to free its memory, and its pid until it is done.
        left |= killed.iter().any(|pid| !is_over(*pid));
        if ours {
            let _ = sys::wait_child(root, false);
        }
        if !left || Instant::now() > until {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    if ours {
        let _ = sys::wait_child(root, false);
    }
    match killed.into_iter().find(|pid| !is_over(*pid)) {
        Some(pid) => Err(TaskError::because(
            "remove what was restored",
            pid,
            "it was killed and has not ended within 10 s",
        )
        .of_kind(ErrorKind::Unfinished)),
        None => Ok(()),
    }
}

/// Kills the bearer of a thread's id if it is one of ours: the id may belong to a stranger by now, or always have. It is
/// known by a descriptor before it is looked at, so that the one that is looked at is the one that is killed.
fn kill_with_arena(tid: i32, arena_inode: u64) -> bool {
    let Some(leader) = leader_of(tid) else {
        return false;
    };
    let pidfd = Pid::from_raw(leader).map(|leader| pidfd_open(leader, PidfdFlags::empty()));
    if !has_arena(tid, arena_inode) {
        return false;
    }
    // It may end by itself at the same moment.
    match pidfd {
        Some(Ok(pidfd)) => drop(pidfd_send_signal(&pidfd, Signal::KILL)),
        // There was no descriptor to be had: it was ours just now.
        _ => drop(sys::kill(leader, libc::SIGKILL)),
    }
    true
}
