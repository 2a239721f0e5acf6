// SPDX-License-Identifier: GPL-2.0-only
use crate::procfs::{children, comm, count_threads, stat, tasks_of, tracer_of};
use crate::unfit::{refuse_frozen_cgroup, refuse_thread, refuse_without_leader};
use crate::{ErrorKind, Result, TaskError, Thread, ptrace};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// A process of a frozen tree.
#[derive(Debug)]
pub struct Process {
    pub pid: i32,
    pub ppid: i32,
    /// Stopped threads, the leader first; empty for a zombie.
    pub threads: Vec<Thread>,
}

impl Process {
    #[must_use]
    pub fn is_zombie(&self) -> bool {
        self.threads.is_empty()
    }

    /// The signal that had stopped the whole process before we came, 0 for none. A thread that stopped for us before the
    /// signal came does not know of it.
    #[must_use]
    pub fn group_stop(&self) -> i32 {
        let signals = self.threads.iter().map(|thread| thread.group_stop);
        signals.max().map_or(0, |signal| signal.max(0))
    }
}

/// Every task of a tree, stopped: parents before their children.
///
/// While this value lives nothing in the tree runs. When this process ends, by whatever cause,
/// the kernel lets every thread run on from its registers.
#[derive(Debug)]
pub struct Frozen {
    pub processes: Vec<Process>,
}

/// Stops `root` and all its descendants.
///
/// Threads are seized and interrupted in whole rounds and awaited together, so that 1000 threads stop in
/// parallel. A round ends when no listing shows a task that is not yet held: stopped tasks make no new ones.
///
/// # Errors
/// A tracer is already there (named), a task is this process itself, a thread does not stop (one in vfork(2) or in
/// uninterruptible sleep is waited for a moment, while the tree runs), or the root is gone. Whatever was seized is let go.
pub fn freeze(root: i32) -> Result<Frozen> {
    ptrace::silence_stops();
    let until = Instant::now() + MOMENT;
    loop {
        let mut frozen = Frozen {
            processes: Vec::new(),
        };
        let ppid = stat(root, root)?.ppid;
        refuse_thread(root)?;
        refuse_frozen_cgroup(root)?;
        let Err(error) = frozen.take_tree(root, ppid, &mut HashSet::new()) else {
            return Ok(frozen);
        };
        if error.kind != ErrorKind::Asleep {
            frozen.release()?;
            return Err(error);
        }
        frozen.release_all_but_sleepers(until)?;
        // A tree in which somebody sleeps at each attempt is not tried for ever.
        if Instant::now() >= until {
            return Err(error);
        }
    }
}

/// How long a thread is waited for, the tree running, that cannot be stopped now.
const MOMENT: Duration = Duration::from_secs(3);
/// How long the tree waits for it, as far as it is stopped.
const ASLEEP: Duration = Duration::from_millis(300);

impl Frozen {
    fn take_tree(&mut self, root: i32, ppid: i32, known: &mut HashSet<i32>) -> Result<()> {
        let mut fresh = vec![(root, ppid)];
        loop {
            let first = self.processes.len();
            for (pid, ppid) in fresh.drain(..) {
                if known.insert(pid) {
                    self.processes.push(Process {
                        pid,
                        ppid,
                        threads: Vec::new(),
                    });
                }
            }
            // The new ones together, then once more for threads made meanwhile.
            while self.take_threads(first)? {}
            for process in &self.processes[first..] {
                refuse_without_leader(process.pid, &process.threads)?;
            }
            // Their children, and once there are none, those of all: orphans go to ancestors that were listed before.
            let from = if self.processes.len() > first { first } else { 0 };
            let listing = &self.processes[from..];
            let threads: Vec<&Thread> = listing.iter().flat_map(|process| &process.threads).collect();
            let listed = stasis_parallel::map(&threads, LISTINGS, |thread| children(thread.pid, thread.tid))?;
            let mut listed = listed.into_iter();
            for process in listing {
                let own = listed.by_ref().take(process.threads.len());
                let mut own: Vec<i32> = own.flatten().filter(|pid| !known.contains(pid)).collect();
                own.sort_unstable();
                fresh.extend(own.into_iter().map(|pid| (pid, process.pid)));
            }
            if from == 0 && fresh.is_empty() {
                break;
            }
        }
        if self.processes.first().is_some_and(Process::is_zombie) {
            return Err(TaskError {
                errno: libc::ESRCH,
                ..TaskError::because("freeze the tree", root, "it has ended already (zombie)")
            });
        }
        Ok(())
    }

    /// One round over the processes from `first` on; tells whether any thread was new.
    fn take_threads(&mut self, first: usize) -> Result<bool> {
        let mut any = false;
        for process in &mut self.processes[first..] {
            // Those held are alive and stopped: where there are as many, there is no other.
            if !process.is_zombie() && count_threads(process.pid) == process.threads.len() {
                continue;
            }
            let held: HashSet<i32> = process.threads.iter().map(|thread| thread.tid).collect();
            for tid in tasks_of(process.pid).or_else(gone_is_none)? {
                if !held.contains(&tid) {
                    take_one(process, tid)?;
                }
            }
            any |= process.threads.len() > held.len();
        }
        for process in &mut self.processes[first..] {
            let mut index = 0;
            while let Some(thread) = process.threads.get_mut(index) {
                if thread.group_stop >= 0 {
                    index += 1;
                    continue;
                }
                thread.group_stop = 0;
                match thread.wait_first_stop(ASLEEP) {
                    Ok(()) => index += 1,
                    Err(error) if error.is_gone() => drop(process.threads.remove(index)),
                    Err(error) => {
                        thread.group_stop = NOT_SETTLED;
                        return Err(error);
                    }
                }
            }
        }
        Ok(any)
    }

    /// Lets every thread run on, and waits until those that could not be stopped do stop, to let them go, too: as long as
    /// they are traced, nobody can take hold of them again.
    fn release_all_but_sleepers(mut self, until: Instant) -> Result<()> {
        let threads = self.processes.iter_mut().flat_map(|process| &mut process.threads);
        let (mut sleepers, awake): (Vec<_>, Vec<_>) =
            threads.partition(|thread| thread.group_stop == NOT_SETTLED);
        for thread in awake.iter().rev() {
            thread.release()?;
        }
        for thread in &mut sleepers {
            let left = until.saturating_duration_since(Instant::now());
            match thread.wait_first_stop(left) {
                Ok(()) => thread.release()?,
                Err(error) if error.is_gone() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Lets every thread run on, children first, so that a parent finds its children as it left them.
    pub fn release(&mut self) -> Result<()> {
        let mut first_error = None;
        for process in self.processes.iter_mut().rev() {
            for thread in process.threads.drain(..) {
                if let Err(error) = thread.release() {
                    first_error.get_or_insert(error);
                }
            }
        }
        first_error.map_or(Ok(()), Err)
    }
}

/// Threads whose children are listed by one thread of ours, before another one helps.
const LISTINGS: usize = 64;

/// Marks a thread as interrupted and not yet awaited.
const NOT_SETTLED: i32 = -1;

fn take_one(process: &mut Process, tid: i32) -> Result<()> {
    let pid = process.pid;
    if let Err(error) = ptrace::seize(tid, false) {
        return match error.raw_os_error() {
            Some(libc::ESRCH) => Ok(()),
            Some(libc::EPERM) => ended_or_not_permitted(pid, tid, &error),
            _ => Err(TaskError::io(
                "attach to a thread",
                "PTRACE_SEIZE",
                pid,
                tid,
                &error,
            )),
        };
    }
    let thread = Thread {
        pid,
        tid,
        group_stop: NOT_SETTLED,
    };
    match thread.interrupt() {
        Ok(()) => process.threads.push(thread),
        Err(error) if error.is_gone() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// A thread that has ended refuses to be attached to, with the same errno as one that belongs to somebody else.
fn ended_or_not_permitted(pid: i32, tid: i32, error: &std::io::Error) -> Result<()> {
    if !stat(pid, tid).map_or(true, |stat| matches!(stat.state, 'Z' | 'X')) {
        return Err(not_permitted(pid, tid, error));
    }
    Ok(())
}

fn not_permitted(pid: i32, tid: i32, error: &std::io::Error) -> TaskError {
    let tracer = tracer_of(pid, tid);
    if tracer != 0 {
        let name = comm(tracer);
        return TaskError {
            tid,
            ..TaskError::because(
                "attach to a thread",
                pid,
                format!("it is already traced by pid {tracer} ({name})"),
            )
            .of_kind(ErrorKind::Busy)
            .hint("end the debugger, strace or other dump that holds it")
        };
    }
    let own = std::process::id().cast_signed();
    let hint = if pid == own {
        "a process cannot dump itself"
    } else {
        "needs CAP_SYS_PTRACE over the task"
    };
    TaskError::io("attach to a thread", "PTRACE_SEIZE", pid, tid, error).hint(hint)
}

fn gone_is_none(error: TaskError) -> Result<Vec<i32>> {
    if error.is_gone() {
        Ok(Vec::new())
    } else {
        Err(error)
    }
}
