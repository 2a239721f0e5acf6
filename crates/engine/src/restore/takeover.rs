// SPDX-License-Identifier: GPL-2.0-only
use stasis_abi::global;
use stasis_arena::Arena;
use stasis_task::arch::decode_thread_info;
use stasis_task::remote::Remote;
use stasis_task::{Captured, Memory, Result, TaskError, Thread};
use stasis_wire::facts::{Takeover, TakeoverThread};
use std::collections::BTreeMap;

/// One restored process in our hands, its leader first.
#[derive(Debug)]
pub(crate) struct Held {
    pid: i32,
    threads: Vec<(Thread, Captured)>,
    /// The signal that it is to be left stopped by, 0 for running on.
    stop_signal: i32,
}

/// Takes hold of every parked thread.
///
/// From here on the tasks die with this process (`PTRACE_O_EXITKILL`), until they are let go.
pub(crate) fn hold(takeover: &Takeover) -> Result<Vec<Held>> {
    let mut processes: BTreeMap<i32, Vec<&TakeoverThread>> = BTreeMap::new();
    for thread in &takeover.threads {
        processes.entry(thread.pid).or_default().push(thread);
    }
    let mut all = Vec::with_capacity(processes.len());
    for (pid, mut wanted) in processes {
        wanted.sort_by_key(|thread| thread.tid != pid);
        let stop_signal = wanted
            .first()
            .map_or(0, |leader| match (leader.stopped, leader.stop_signal) {
                (false, _) => 0,
                (true, 0) => libc::SIGSTOP,
                (true, signal) => signal,
            });
        let threads = wanted
            .iter()
            .map(|thread| Ok((Thread::seize(pid, thread.tid, true)?, captured(thread)?)))
            .collect::<Result<Vec<_>>>()?;
        all.push(Held {
            pid,
            threads,
            stop_signal,
        });
    }
    for process in &mut all {
        for (thread, _) in &mut process.threads {
            thread.settle()?;
        }
    }
    Ok(all)
}

fn captured(wanted: &TakeoverThread) -> Result<Captured> {
    let (registers, fpu) = decode_thread_info(&wanted.thread_info).map_err(|error| TaskError {
        tid: wanted.tid,
        ..TaskError::because("set registers", wanted.pid, error)
    })?;
    Ok(Captured {
        registers,
        fpu: fpu.fitted(),
        blocked: wanted.blocked,
        rseq: stasis_task::RseqConfiguration::default(),
    })
}

impl Held {
    /// Gives every thread its own registers and removes the hole, the last trace of the restorer.
    ///
    /// The same steps that end a remote call in a dump: the leader makes the last system call through a
    /// stub in the padding of its vdso, which is then cleared.
    pub(crate) fn put_back(&mut self, arena: &Arena) -> Result<()> {
        let hole = arena.global(global::HOLE_START).unwrap_or(0);
        let end = arena.global(global::HOLE_END).unwrap_or(0);
        let memory = Memory::open(self.pid)?;
        let Some(((leader, state), others)) = self.threads.split_first_mut() else {
            return Ok(());
        };
        for (thread, state) in others.iter() {
            thread.put_back(state)?;
        }
        leader.put_back(state)?;
        let text = std::fs::read(format!("/proc/{}/maps", self.pid))
            .map_err(|error| TaskError::io("read the mappings", "read", self.pid, 0, &error))?;
        let vdso = crate::vdso::find(&text).ok_or_else(|| {
            TaskError::because("remove the restorer", self.pid, "the restored task has no vdso")
        })?;
        let busy: Vec<u64> = others
            .iter()
            .map(|(_, state)| state.registers.instruction_pointer())
            .collect();
        let mut remote = Remote::begin(leader, &memory, state, &vdso, &busy)?;
        remote.call(
            "remove the restorer",
            "munmap",
            libc::SYS_munmap,
            [hole, end - hole, 0, 0, 0, 0],
        )?;
        remote.end()
    }

    /// Lets the process run, or leaves it stopped as it was when it was dumped.
    pub(crate) fn release(mut self) -> Result<()> {
        if self.stop_signal != 0 {
            let (leader, _) = self.threads.remove(0);
            leader.release_stopped(self.stop_signal)?;
        }
        for (thread, _) in self.threads {
            thread.release()?;
        }
        Ok(())
    }
}
