// SPDX-License-Identifier: GPL-2.0-only
//! The end of a dump's tasks.
use crate::sys;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use stasis_task::{Frozen, Result, TaskError};
use stasis_wire::facts::{State, Survey};
use std::num::NonZero;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Bytes of memory below which help would come too late.
const MUCH: u64 = 64 << 20;

/// Sends a signal to every live process.
pub(super) fn signal(frozen: &Frozen, signal: i32) -> Result<()> {
    for process in frozen.processes.iter().filter(|process| !process.is_zombie()) {
        sys::kill(process.pid, signal)
            .map_err(|error| TaskError::io("signal the task", "kill", process.pid, 0, &error))?;
    }
    Ok(())
}

/// Helps a lone killed process to free its memory, which takes it 40 ms a GiB: it has one processor for that, we another.
///
/// It must be called right after the signal: once a task is about to free its memory it is not found any more. Several
/// processes keep the processors busy themselves.
pub(super) fn help(survey: &Survey) {
    let mut living = survey
        .tasks
        .iter()
        .filter(|task| task.state != State::Zombie as i32);
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    if let (Some(task), None) = (living.next(), living.next())
        && processors > 1
        && task.vmas.iter().map(|vma| vma.private_bytes).sum::<u64>() > MUCH
        && let Some(pid) = Pid::from_raw(task.pid)
        && let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty())
    {
        // A kernel that cannot leaves it to the process.
        let _ = sys::release_memory(pidfd.as_fd());
    }
}

/// A killed task's memory takes a while to be torn down; its pid must be free when we say it is gone.
pub(super) fn wait(pids: &[i32]) {
    let until = Instant::now() + Duration::from_secs(10);
    for pid in pids {
        while Instant::now() < until
            && stasis_task::stat(*pid, *pid).is_ok_and(|stat| !matches!(stat.state, 'Z' | 'X'))
        {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}
