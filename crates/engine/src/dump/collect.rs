// SPDX-License-Identifier: GPL-2.0-only
//! Asking all processes of a tree from inside.
use super::queries::Queries;
use rustix::time::{ClockId, clock_gettime};
use stasis_arena::Gate;
use stasis_task::arch::encode_thread_info;
use stasis_task::parasite::{self, Plan, Visit};
use stasis_task::{Frozen, Process, Result, TaskError};
use stasis_wire::facts::{Inner, Survey, Task, VmaKind};
use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

/// Processes whose visits are prepared ahead: each takes a descriptor.
const AHEAD: usize = 256;
/// Processes that are visited at once, and threads, unless one process has more: a few are enough to keep all
/// processors at work, and each thread takes some kilobytes.
const PROCESSES: usize = 32;
const THREADS: usize = 512;
/// Threads whose registers are encoded by one thread of ours, before another one helps.
const ENCODINGS: usize = 64;
const SIGINFO_SIZE: usize = 128;

/// A visit about to be made.
pub(super) struct Prepared {
    plan: Plan,
    queries: Queries,
}

/// Prepares what can be without touching any process. A failure is told when the process's turn comes.
pub(super) fn prepare_ahead(frozen: &Frozen, survey: &Survey) -> Vec<Option<Result<Prepared>>> {
    let pairs = frozen.processes.iter().zip(&survey.tasks).take(AHEAD);
    pairs
        .map(|(process, task)| (!process.is_zombie()).then(|| prepare(process, task)))
        .collect()
}

/// Visits every live process. What they answer, in the survey's order; the survey's threads are completed.
pub(super) fn ask(
    frozen: &mut Frozen,
    survey: &mut Survey,
    ahead: Vec<Option<Result<Prepared>>>,
    gate: &mut Gate,
) -> Result<Vec<Inner>> {
    let mut ahead = ahead.into_iter();
    let mut answers = Vec::with_capacity(frozen.processes.len());
    for range in batches(&survey.tasks) {
        let processes = &mut frozen.processes[range.clone()];
        let tasks = &mut survey.tasks[range];
        let prepared = processes
            .iter()
            .zip(&*tasks)
            .map(|(process, task)| (ahead.next().flatten(), process, task))
            .filter(|(_, process, _)| !process.is_zombie())
            .map(|(ahead, process, task)| ahead.unwrap_or_else(|| prepare(process, task)))
            .collect::<Result<Vec<_>>>()?;
        let mut batch: Vec<_> = processes
            .iter_mut()
            .filter(|process| !process.is_zombie())
            .zip(prepared.iter().map(|prepared| &prepared.plan))
            .collect();
        let visits = parasite::run(&mut batch, gate)?;
        let living = processes
            .iter()
            .zip(tasks)
            .filter(|(process, _)| !process.is_zombie());
        for (((process, task), prepared), visit) in living.zip(&prepared).zip(&visits) {
            let mut inner = read(task, prepared, visit)?;
            pending(process, task, &mut inner)?;
            answers.push(inner);
        }
    }
    Ok(answers)
}

/// Signals that wait: only their tracer can see them. After the timers, so that none that runs out meanwhile is lost.
fn pending(process: &Process, task: &mut Task, inner: &mut Inner) -> Result<()> {
    for (stopped, thread) in process.threads.iter().zip(&mut task.threads) {
        thread.pending = with_unqueued(stopped.pending_signals(false)?, thread.pending_set);
    }
    if let Some(leader) = process.threads.first() {
        inner.shared_pending = with_unqueued(leader.pending_signals(true)?, task.shared_pending_set);
    }
    // Anew: a signal that stops or continues it may have come since it was frozen.
    inner.stop_signal = process.threads.first().map_or(0, |leader| leader.group_stop);
    waiting_timers(task, inner);
    let now = clock_gettime(ClockId::Monotonic);
    inner.pending_read_ns = Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs() as u32)
        .as_nanos()
        .try_into()
        .unwrap_or(u64::MAX);
    Ok(())
}

/// Adds the signals that are pending without a `siginfo_t`, for which there was no room (`RLIMIT_SIGPENDING`): whoever takes
/// one gets what is made here (`collect_signal`, kernel/signal.c), that of a kill(2) by nobody.
fn with_unqueued(mut queue: Vec<u8>, pending: u64) -> Vec<u8> {
    let number = |info: &[u8]| info.first_chunk().map_or(0, |bytes| i32::from_le_bytes(*bytes));
    let queued: u64 = queue
        .chunks(SIGINFO_SIZE)
        .map(|info| {
            1u64.checked_shl(number(info).cast_unsigned().wrapping_sub(1))
                .unwrap_or(0)
        })
        .fold(0, |set, bit| set | bit);
    // Those two are never held back, and whoever has one is on his way.
    let unseen = [libc::SIGKILL, libc::SIGSTOP].map(|signal| 1u64 << (signal - 1));
    let missing = pending & !queued & !unseen[0] & !unseen[1];
    for signal in (1..=64u32).filter(|signal| missing & 1 << (signal - 1) != 0) {
        let mut info = [0; SIGINFO_SIZE];
        info[..4].copy_from_slice(&signal.to_le_bytes());
        queue.extend_from_slice(&info);
    }
    queue
}

/// What was missed by timers whose signals are pending. It is not looked for without such a signal, as it takes a while; where
/// it cannot be had, timers go on as if they had run out just now.
fn waiting_timers(task: &Task, inner: &mut Inner) {
    let mut queues = task.threads.iter().map(|thread| &thread.pending);
    if !queues.any(|queue| holds_timer(queue)) && !holds_timer(&inner.shared_pending) {
        return;
    }
    let Ok(found) = stasis_files::waiting_timers(task.pid) else {
        return;
    };
    let found: HashMap<i32, _> = found.into_iter().map(|timer| (timer.id, timer)).collect();
    for timer in &mut inner.posix_timers {
        if let Some(waiting) = found.get(&timer.id) {
            timer.known = true;
            timer.waiting = waiting.pending;
            timer.periods = waiting.periods;
        }
    }
}

/// Whether a signal of a POSIX timer is among these `siginfo_t`.
fn holds_timer(queue: &[u8]) -> bool {
    const CODE: usize = 8;
    let code = |info: &[u8]| {
        info.get(CODE..CODE + 4)
            .map(|code| code == libc::SI_TIMER.to_le_bytes())
    };
    queue.chunks(SIGINFO_SIZE).any(|info| code(info) == Some(true))
}

/// Which tasks are visited together: never two with one address space, whose ways home would lie in one place.
fn batches(tasks: &[Task]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let (mut processes, mut threads) = (0, 0);
    for (index, task) in tasks.iter().enumerate() {
        processes += 1;
        threads += task.threads.len();
        match ranges.last_mut() {
            Some(range) if task.memory_shared_with == 0 && processes <= PROCESSES && threads <= THREADS => {
                range.end = index + 1;
            }
            _ => {
                ranges.push(index..index + 1);
                (processes, threads) = (1, task.threads.len());
            }
        }
    }
    ranges
}

fn prepare(process: &Process, task: &Task) -> Result<Prepared> {
    let vdso = task.vmas.iter().find(|vma| vma.kind == VmaKind::Vdso as i32);
    let vdso = vdso.map(|vma| vma.start..vma.end).ok_or_else(|| {
        TaskError::because("ask the task about its state", process.pid, "it has no vdso")
            .hint("32-bit tasks and tasks that unmapped their vdso are not supported")
    })?;
    let mut queries = None;
    let plan = Plan::new(process, vdso, |builder| {
        queries = Some(Queries::write(builder, process.threads.len(), task));
    })?;
    let queries = queries
        .ok_or_else(|| TaskError::because("ask the task about its state", process.pid, "no queries"))?;
    Ok(Prepared { plan, queries })
}

fn read(task: &mut Task, prepared: &Prepared, visit: &Visit) -> Result<Inner> {
    let Prepared { plan, queries } = prepared;
    let tids: Vec<i32> = task.threads.iter().map(|thread| thread.tid).collect();
    let inner = Inner {
        mlock_future: visit.mlock_future,
        ..queries.read(&visit.arena, task.pid, &tids)?
    };
    let slacks = queries.timer_slacks(&visit.arena);
    let states: Vec<_> = plan.states.iter().zip(&inner.threads).collect();
    let registers = stasis_parallel::map(&states, ENCODINGS, |(state, inner)| {
        Result::Ok(encode_thread_info(
            &state.registers,
            &state.fpu,
            inner.clear_child_tid,
        ))
    })?;
    let answers = plan.states.iter().zip(registers).zip(slacks);
    for (thread, ((state, registers), slack)) in task.threads.iter_mut().zip(answers) {
        thread.blocked = state.blocked;
        thread.thread_info = registers;
        thread.rseq_address = state.rseq.address;
        thread.rseq_size = state.rseq.size;
        thread.rseq_signature = state.rseq.signature;
        thread.timer_slack = slack;
        thread.interrupted = state.registers.interrupted();
    }
    Ok(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stasis_wire::facts::Thread;

    #[test]
    fn signals_without_a_siginfo_get_one() {
        let mut info = [7u8; SIGINFO_SIZE];
        info[..4].copy_from_slice(&10i32.to_le_bytes());
        let bit = |signal: u32| 1u64 << (signal - 1);
        let all = with_unqueued(info.to_vec(), bit(64) | bit(10) | bit(9) | bit(19) | bit(12));
        let signals: Vec<&[u8]> = all.chunks(SIGINFO_SIZE).map(|info| &info[..4]).collect();
        assert_eq!(signals, [[10, 0, 0, 0], [12, 0, 0, 0], [64, 0, 0, 0]]);
        assert_eq!(all[..SIGINFO_SIZE], info);
        assert!(
            all[SIGINFO_SIZE + 4..2 * SIGINFO_SIZE]
                .iter()
                .all(|byte| *byte == 0)
        );
        assert!(with_unqueued(Vec::new(), 0).is_empty());
    }

    #[test]
    fn one_address_space_once_a_batch() {
        let task = |threads: usize, shared: i32| Task {
            threads: vec![Thread::default(); threads],
            memory_shared_with: shared,
            ..Task::default()
        };
        let tasks = [
            task(1, 0),
            task(0, 0),
            task(1, 7),
            task(1, 7),
            task(1, 0),
            task(600, 0),
            task(1, 0),
        ];
        assert_eq!(batches(&tasks), [0..2, 2..3, 3..5, 5..6, 6..7]);
        assert_eq!(batches(&vec![task(1, 0); 70]), [0..32, 32..64, 64..70]);
    }
}
