// SPDX-License-Identifier: GPL-2.0-only
use crate::identity::Restored;
use stasis_abi::global;
use stasis_arena::Arena;
use stasis_task::arch::decode_thread_info;
use stasis_task::remote::Remote;
use stasis_task::{Captured, Memory, Result, Slot, TaskError, Thread};
use stasis_wire::facts::{Takeover, TakeoverThread};
use std::collections::BTreeMap;

/// Threads whose registers are decoded by one thread of ours, before another one helps; processes likewise.
const DECODINGS: usize = 64;
const PLACES: usize = 8;
/// Processes that are let out of the restorer together: each takes a descriptor.
const SWEEP: usize = 64;

/// One restored process in our hands, its leader first.
#[derive(Debug)]
pub(crate) struct Held {
    pub(super) pid: i32,
    threads: Vec<(Thread, Captured)>,
    /// The signal that it is to be left stopped by, 0 for running on.
    stop_signal: i32,
}

/// Takes hold of every parked thread.
///
/// From here on the tasks die with this process (`PTRACE_O_EXITKILL`), until they are let go. Also those that are held when
/// it fails are in `all`.
pub(crate) fn hold(takeover: &Takeover, numbers: &Restored, all: &mut Vec<Held>) -> Result<()> {
    let states = stasis_parallel::map(&takeover.threads, DECODINGS, captured)?;
    let mut processes: BTreeMap<i32, Vec<_>> = BTreeMap::new();
    for pair in takeover.threads.iter().zip(states) {
        processes.entry(pair.0.pid).or_default().push(pair);
    }
    for (leader, mut wanted) in processes {
        wanted.sort_by_key(|(thread, _)| thread.tid != leader);
        let pid = here(numbers, leader)?;
        let stop_signal =
            wanted
                .first()
                .map_or(0, |(leader, _)| match (leader.stopped, leader.stop_signal) {
                    (false, _) => 0,
                    (true, 0) => libc::SIGSTOP,
                    (true, signal) => signal,
                });
        let nth = all.len();
        all.push(Held {
            pid,
            threads: Vec::with_capacity(wanted.len()),
            stop_signal,
        });
        for (thread, state) in wanted {
            let seized = Thread::seize(pid, here(numbers, thread.tid)?, true)?;
            all[nth].threads.push((seized, state));
        }
        stasis_fault::at_nth("restore.hold", nth)
            .map_err(|error| TaskError::io("hold a thread", "fault", pid, 0, &error))?;
    }
    for (thread, _) in all.iter_mut().flat_map(|process| &mut process.threads) {
        thread.wait_stopped()?;
    }
    Ok(())
}

/// This host's number of a thread that is parked.
fn here(numbers: &Restored, tid: i32) -> Result<i32> {
    let gone = || TaskError {
        errno: libc::ESRCH,
        ..TaskError::because("hold a thread", tid, "it has ended")
    };
    numbers.host(tid).ok_or_else(gone)
}

fn captured(wanted: &TakeoverThread) -> Result<Captured> {
    let wrong = |error: String| TaskError {
        tid: wanted.tid,
        ..TaskError::because("set registers", wanted.pid, error)
    };
    let (mut registers, fpu) = decode_thread_info(&wanted.thread_info).map_err(wrong)?;
    if wanted.interrupted != 0 {
        registers = registers.back_inside(wanted.interrupted).ok_or_else(|| {
            wrong(format!(
                "{} is no errno of an interrupted system call",
                wanted.interrupted
            ))
        })?;
    }
    Ok(Captured {
        registers,
        fpu: fpu.fitted(),
        blocked: wanted.blocked,
        rseq: stasis_task::RseqConfiguration::default(),
    })
}

/// Gives every thread its own registers and removes the hole, the last trace of the restorer, from every process.
///
/// The same steps that end a visit in a dump: the leader makes the last system call through a stub in the padding of its
/// vdso, which is then cleared. While we are at one process, another runs to its next stop.
pub(crate) fn put_back(all: &mut [Held], arena: &Arena) -> Result<()> {
    let hole = arena.global(global::HOLE_START).unwrap_or(0);
    let end = arena.global(global::HOLE_END).unwrap_or(0);
    for sweep in all.chunks_mut(SWEEP) {
        let places = stasis_parallel::map(sweep, PLACES, Held::place)?;
        let mut leaders = Vec::with_capacity(sweep.len());
        let mut all_others = Vec::with_capacity(sweep.len());
        for (process, (memory, slot)) in sweep.iter_mut().zip(&places) {
            let Some(((leader, state), others)) = process.threads.split_first_mut() else {
                continue;
            };
            for (thread, state) in &mut *others {
                thread.put_back(state)?;
            }
            leader.set_fpu(&state.fpu)?;
            let mut remote = Remote::begin(*slot, leader, memory, state)?;
            remote.start(libc::SYS_munmap, [hole, end - hole, 0, 0, 0, 0])?;
            leaders.push(remote);
            all_others.push(others);
        }
        let finish = |remote: &mut Remote<'_>| remote.finish("remove the restorer", "munmap").map(drop);
        leaders.iter_mut().try_for_each(Remote::proceed)?;
        leaders.iter_mut().try_for_each(finish)?;
        leaders.iter_mut().try_for_each(Remote::start_return)?;
        for (leader, others) in leaders.iter_mut().zip(all_others) {
            leader.finish_return(others.iter_mut().map(|(thread, state)| (thread, &*state)))?;
        }
    }
    Ok(())
}

impl Held {
    /// The process's memory, and where its leader can make the last call for us.
    fn place(&self) -> Result<(Memory, Slot)> {
        let pid = self.pid;
        let memory = Memory::open(pid)?;
        let text = std::fs::read(format!("/proc/{pid}/maps"))
            .map_err(|error| TaskError::io("read the mappings", "read", pid, 0, &error))?;
        let vdso = crate::vdso::find(&text)
            .ok_or_else(|| TaskError::because("remove the restorer", pid, "the restored task has no vdso"))?;
        let states = self.threads.iter().map(|(_, state)| state);
        let busy: Vec<u64> = states
            .map(|state| state.registers.instruction_pointer())
            .collect();
        let (_, leader) = self.threads.first().ok_or_else(|| {
            TaskError::because("remove the restorer", pid, "the restored task has no threads")
        })?;
        let slot = Slot::choose(pid, &memory, &(vdso.start..vdso.end), &busy, leader)?;
        Ok((memory, slot))
    }

    /// From here on it does not die with us: the kernel lets it go in our place. One that is to be left stopped stops then.
    pub(crate) fn outlive(&self) -> Result<()> {
        if self.stop_signal != 0 {
            let _ = crate::sys::kill(self.pid, libc::SIGSTOP);
        }
        self.threads.iter().try_for_each(|(thread, _)| thread.outlive())
    }

    /// Leaves its main thread stopped, if the process is to be; the others will stop when they are let go.
    pub(crate) fn stop(&self) -> Result<()> {
        match self.threads.first() {
            Some((leader, _)) if self.stop_signal != 0 => leader.release_stopped(self.stop_signal),
            _ => Ok(()),
        }
    }

    /// Lets all threads go, the main one last. What is left are those that are being killed at that very moment.
    pub(crate) fn release(&mut self) -> Result<()> {
        let mut first = Ok(());
        self.threads.retain(|(thread, _)| match thread.let_go() {
            Ok(gone) => !gone,
            Err(error) => {
                first = std::mem::replace(&mut first, Ok(())).and(Err(error));
                false
            }
        });
        first
    }

    /// Kills the process, which is ours: a thread of it is in our hands, or was a moment ago and is stopped. Gives its pid.
    pub(crate) fn kill(&self) -> i32 {
        let _ = crate::sys::kill(self.pid, libc::SIGKILL);
        self.pid
    }

    /// Takes note of the ends of a process that was killed: that of its main thread can be seen last.
    pub(crate) fn bury(self) {
        self.bury_for(false);
    }

    /// The same; `child`: its main thread is left to whoever waits for it, which is us.
    pub(crate) fn bury_for(self, child: bool) {
        for (thread, _) in self.threads.iter().rev() {
            if !(child && thread.tid == thread.pid) {
                thread.bury();
            }
        }
    }
}
