// SPDX-License-Identifier: GPL-2.0-only
//! Programs run by a stopped process's own threads.
//!
//! The interpreter and its arena come into the task by one `mmap` (shared anonymous memory, which
//! we map as well) and leave by one `munmap`, both remote calls of the main thread. In between every
//! thread runs its strand and parks at the gate. Contract, should this process die:
//! * a thread not yet sent in has its own registers;
//! * a thread inside finishes its program, finds the gate's owner dead (a robust futex) and goes
//!   home through the `rt_sigreturn` frame that was written beforehand: registers, FPU, mask;
//! * the arena then stays mapped, a few pages that nobody refers to.
use crate::arch::{Registers, frame_size, write_frame};
use crate::remote::{ALL_SIGNALS, Remote};
use crate::{Captured, Memory, Process, Result, TaskError, Thread, procfs};
use stasis_abi::{ORPHAN_GOES_HOME, State};
use stasis_arena::{Arena, Builder, Gate, blob_size};
use stasis_kernel_text::maps::Vma;
use stasis_kernel_text::smaps::{self, VmFlags};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// Far longer than queries take: only a thread killed meanwhile keeps us waiting.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);
const PROT_RW: u64 = (libc::PROT_READ | libc::PROT_WRITE) as u64;
const PROT_RX: u64 = (libc::PROT_READ | libc::PROT_EXEC) as u64;
const SHARED_ANON: u64 = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u64;

/// What a visit to a process brought home.
#[derive(Debug)]
pub struct Visit {
    /// The arena with the programs' results.
    pub arena: Arena,
    /// How the process wants mappings to come locked, as `mlockall(2)` takes it: `MCL_FUTURE`, `MCL_ONFAULT`.
    /// Only a new mapping tells, and the arena is one.
    pub mlock_future: u32,
}

/// Runs one program per thread (strand `i` is thread `i`) and returns the arena with the results.
/// Afterwards, and on errors too, every thread is as captured and nothing of ours is in the task.
///
/// `states` are the threads' captured states in the order of `process.threads`; `build` fills the strands.
pub fn run(
    process: &mut Process,
    memory: &Memory,
    states: &[Captured],
    vdso: &Vma<'_>,
    gate: &mut Gate,
    build: impl FnOnce(&mut Builder),
) -> Result<Visit> {
    let pid = process.pid;
    let mut builder = Builder::new(ORPHAN_GOES_HOME);
    let frames: Vec<Frame> = states
        .iter()
        .map(|state| Frame::reserve(&mut builder, state))
        .collect();
    build(&mut builder);
    let image = builder
        .finish()
        .map_err(|error| TaskError::because("write the parasite", pid, error.to_string()))?;

    let busy: Vec<u64> = states
        .iter()
        .map(|state| state.registers.instruction_pointer())
        .collect();
    let Some(((leader, others), (leader_state, other_states))) =
        process.threads.split_first_mut().zip(states.split_first())
    else {
        return Err(TaskError::because(
            "run the parasite",
            pid,
            "the process has no threads",
        ));
    };
    let mut remote = Remote::begin(leader, memory, leader_state, vdso, &busy)?;
    let size = image.object_size();
    let result = (|| {
        let locked = procfs::locked(pid);
        let base = remote.call(
            "map the parasite",
            "mmap",
            libc::SYS_mmap,
            [0, size, PROT_RW, SHARED_ANON, u64::MAX, 0],
        )?;
        let mlock_future = if procfs::locked(pid) == locked {
            0
        } else {
            lock_of(pid, base)
        };
        let inside = (|| {
            let arena = Arena::attach(open_mapping(pid, base, size)?, &image)
                .map_err(|error| TaskError::because("map the parasite", pid, error.to_string()))?;
            let code = blob_size();
            remote.call(
                "map the parasite",
                "mprotect",
                libc::SYS_mprotect,
                [base, code, PROT_RX, 0, 0, 0],
            )?;
            for (frame, state) in frames.iter().zip(states) {
                frame.fill(&arena, base + code, state)?;
            }
            gate.hold(&arena)
                .map_err(|error| TaskError::because("run the parasite", pid, error.to_string()))?;
            let ran = remote
                .lend(|leader| run_all(leader, leader_state, others, other_states, base, &image, &arena));
            // The leader's registers lead through the stub again before the arena goes.
            Ok((arena, ran))
        })();
        let unmapped = remote.call(
            "remove the parasite",
            "munmap",
            libc::SYS_munmap,
            [base, size, 0, 0, 0, 0],
        );
        let (arena, ran) = inside?;
        gate.release(&arena);
        ran?;
        unmapped?;
        Ok(Visit { arena, mlock_future })
    })();
    let ended = remote.end();
    let visit = result?;
    ended?;
    Ok(visit)
}

/// `MCL_FUTURE`, and `MCL_ONFAULT` where the new mapping at `base` has it.
fn lock_of(pid: i32, base: u64) -> u32 {
    let text = std::fs::read(format!("/proc/{pid}/smaps")).unwrap_or_default();
    let mapping = smaps::iter(&text)
        .flatten()
        .find(|smap| smap.vma.start <= base && base < smap.vma.end);
    let on_fault = mapping.is_some_and(|smap| smap.flags.contains(VmFlags::LOCK_ON_FAULT));
    (libc::MCL_FUTURE | if on_fault { libc::MCL_ONFAULT } else { 0 }).cast_unsigned()
}

/// Sends every thread in, waits until all are done, and puts back all but the leader, which is
/// left stopped at the gate for the last remote call.
fn run_all(
    leader: &mut Thread,
    leader_state: &Captured,
    others: &mut [Thread],
    other_states: &[Captured],
    base: u64,
    image: &stasis_arena::Image,
    arena: &Arena,
) -> Result<()> {
    let code = blob_size();
    let enter = |thread: &Thread, registers: &Registers, strand: usize| {
        let strand32 = u32::try_from(strand).unwrap_or(u32::MAX);
        let stack = base + code + image.stack_top(strand32);
        thread.set_registers(&registers.entering(base, base + code, u64::from(strand32), stack))?;
        thread.set_blocked(ALL_SIGNALS)?;
        thread.resume()
    };
    let mut entered = 0;
    let sent = (|| {
        enter(leader, &leader_state.registers, 0)?;
        entered = 1;
        for (index, (thread, state)) in others.iter().zip(other_states).enumerate() {
            enter(thread, &state.registers, index + 1)?;
            entered += 1;
        }
        Ok(())
    })();
    let finished = sent.and_then(|()| {
        let mut seen = 0;
        let done = arena.wait(PATIENCE, POLL, |arena| {
            arena.all_from(&mut seen, &[State::Parked, State::Failed])
        });
        if !done {
            return Err(TaskError::because(
                "run the parasite",
                leader.pid,
                format!("it did not finish within {PATIENCE:?}"),
            ));
        }
        failure(leader.pid, arena)
    });
    let back = bring_back(leader, leader_state, others, other_states, entered);
    finished.and(back)
}

fn bring_back(
    leader: &mut Thread,
    leader_state: &Captured,
    others: &mut [Thread],
    other_states: &[Captured],
    entered: usize,
) -> Result<()> {
    let inside = entered.saturating_sub(1);
    for thread in std::iter::once(&*leader)
        .chain(others[..inside].iter())
        .take(entered)
    {
        thread.interrupt()?;
    }
    if entered > 0 {
        leader.settle()?;
        leader.set_fpu(&leader_state.fpu)?;
    }
    for (thread, state) in others[..inside].iter_mut().zip(other_states) {
        thread.settle()?;
        thread.put_back(state)?;
    }
    // One that failed to enter may have foreign registers or a foreign mask already.
    if let (Some(thread), Some(state)) = (others.get(inside), other_states.get(inside))
        && entered > 0
    {
        thread.put_back(state)?;
    }
    Ok(())
}

fn failure(pid: i32, arena: &Arena) -> Result<()> {
    let Some(failure) = arena.failure() else {
        return Ok(());
    };
    let call = failure.call.unwrap_or("");
    let mut error = TaskError::because(
        "ask the task about its state",
        pid,
        format!("operation {}", failure.op),
    );
    error.call = call;
    error.errno = failure.errno().unwrap_or(0);
    Err(error)
}

/// Room in an arena for the frame that leads one thread home.
struct Frame {
    at: u64,
    strand: u32,
}

impl Frame {
    fn reserve(builder: &mut Builder, state: &Captured) -> Self {
        let strand = builder.strand(0);
        let at = builder.alloc(usize::try_from(frame_size(&state.fpu)).unwrap_or(0), 64);
        let (_, ucontext) = write_frame(&state.registers, state.blocked, &state.fpu, 0);
        builder.home(strand, at + ucontext);
        Self { at, strand }
    }

    fn fill(&self, arena: &Arena, target_base: u64, state: &Captured) -> Result<()> {
        let home = state.registers.restarted();
        let (bytes, _) = write_frame(&home, state.blocked, &state.fpu, target_base + self.at);
        arena.write(self.at, &bytes).map_err(|error| {
            TaskError::because(
                "write the parasite",
                0,
                format!("strand {}: {error}", self.strand),
            )
        })
    }
}

/// The object behind a task's own shared anonymous mapping.
fn open_mapping(pid: i32, base: u64, size: u64) -> Result<OwnedFd> {
    let path = format!("/proc/{pid}/map_files/{base:x}-{:x}", base + size);
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|error| {
            let failed = TaskError::io("map the parasite", "open", pid, 0, &error);
            if failed.errno == libc::EPERM {
                failed.hint("needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN")
            } else {
                failed
            }
        })?;
    Ok(file.into())
}
