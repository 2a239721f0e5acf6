// SPDX-License-Identifier: GPL-2.0-only
//! The end of a dump's tasks.
use crate::sys;
use stasis_task::{Frozen, Process, Result, TaskError, Thread};
use std::time::{Duration, Instant};

/// Enough for small processes to be gone: whoever looks after a dump should not find them.
const PATIENCE: Duration = Duration::from_millis(10);

/// Stops every live process, whatever becomes of another. The first error.
pub(super) fn stop(frozen: &Frozen) -> Result<()> {
    let mut first = Ok(());
    for (nth, process) in frozen.processes.iter().enumerate() {
        let sent = signal(nth, process, libc::SIGSTOP);
        first = first.and(sent);
    }
    first
}

/// Kills every live process, whatever becomes of another. One that cannot be signalled is not let go any more, and dies
/// when its tracer ends. The first error.
pub(super) fn kill(frozen: &mut Frozen) -> Result<()> {
    let mut first = Ok(());
    for (nth, process) in frozen.processes.iter_mut().enumerate() {
        let Err(error) = signal(nth, process, libc::SIGKILL) else {
            continue;
        };
        // One thread is enough: it takes its process with it.
        let doomed = process
            .threads
            .iter()
            .any(|thread| thread.die_with_tracer().is_ok());
        if doomed {
            process.threads.clear();
        } else {
            first = first.and(Err(error));
        }
    }
    first
}

/// Signals a process, but only one that the calling thread holds: its number cannot have gone to a stranger, as a tracee's
/// number comes free when its tracer has taken note of its end, and not before.
fn signal(nth: usize, process: &Process, signal: i32) -> Result<()> {
    if !process.threads.iter().any(Thread::is_held) {
        return Ok(());
    }
    let sent = stasis_fault::at_nth("dump.signal", nth).and_then(|()| sys::kill(process.pid, signal));
    let sent = sent.map_err(|error| TaskError::io("signal the task", "kill", process.pid, 0, &error));
    sent.or_else(|error| if error.is_gone() { Ok(()) } else { Err(error) })
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
