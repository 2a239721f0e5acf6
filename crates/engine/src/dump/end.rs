// SPDX-License-Identifier: GPL-2.0-only
//! The end of a dump's tasks.
use crate::sys;
use stasis_task::{Frozen, Result, TaskError};
use std::time::{Duration, Instant};

/// Enough for small processes to be gone: whoever looks after a dump should not find them.
const PATIENCE: Duration = Duration::from_millis(10);

/// Sends a signal to every live process.
pub(super) fn signal(frozen: &Frozen, signal: i32) -> Result<()> {
    for process in frozen.processes.iter().filter(|process| !process.is_zombie()) {
        sys::kill(process.pid, signal)
            .map_err(|error| TaskError::io("signal the task", "kill", process.pid, 0, &error))?;
    }
    Ok(())
}

/// Waits a moment until killed tasks have freed their memory.
pub(super) fn wait(pids: &[i32]) {
    let until = Instant::now() + PATIENCE;
    for pid in pids {
        while Instant::now() < until
            && stasis_task::stat(*pid, *pid).is_ok_and(|stat| !matches!(stat.state, 'Z' | 'X'))
        {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}
