// SPDX-License-Identifier: GPL-2.0-only
//! The end of a dump's tasks.
use crate::sys;
use stasis_task::{Frozen, Result, TaskError};

/// Sends a signal to every live process.
pub(super) fn signal(frozen: &Frozen, signal: i32) -> Result<()> {
    for process in frozen.processes.iter().filter(|process| !process.is_zombie()) {
        sys::kill(process.pid, signal)
            .map_err(|error| TaskError::io("signal the task", "kill", process.pid, 0, &error))?;
    }
    Ok(())
}
