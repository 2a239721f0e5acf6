// SPDX-License-Identifier: GPL-2.0-only
use super::{Plan, Visit, mapping, no_room};
use crate::remote::{ALL_SIGNALS, Remote};
use crate::slot::Slot;
use crate::{ErrorKind, Process, Result, TaskError, Thread};
use stasis_abi::State;
use stasis_arena::{Arena, Gate, blob_size};
use std::time::{Duration, Instant};

/// Far longer than queries take: only a thread killed meanwhile keeps us waiting.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long answers are waited for before a look at who has stopped on the way; longer each time.
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LAST_LOOK: Duration = Duration::from_millis(50);
const ENDED: [State; 2] = [State::Parked, State::Failed];
const PROT_RW: u64 = (libc::PROT_READ | libc::PROT_WRITE) as u64;
const PROT_RX: u64 = (libc::PROT_READ | libc::PROT_EXEC) as u64;
const SHARED_ANON: u64 = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u64;

/// One process during a visit: what was done to it, and so what is to be undone.
pub(super) struct Visitor<'a> {
    pid: i32,
    plan: &'a Plan,
    /// Has the main thread.
    remote: Remote<'a>,
    others: &'a mut [Thread],
    base: Option<u64>,
    arena: Option<Arena>,
    /// How many threads were sent in, the main thread first.
    entered: usize,
    /// A thread may still run in the arena, or come back to it: so it stays, and the thread goes home from there by itself.
    inhabited: bool,
    /// The main thread is not to be had any more.
    astray: bool,
    mlock_future: u32,
    error: Option<TaskError>,
}

type StepIn<'a> = fn(&mut Visitor<'a>, &mut Gate) -> Result<()>;
type StepBack<'a> = fn(&mut Visitor<'a>, &mut Gate);

impl<'a> Visitor<'a> {
    /// Each ends where the process has something to do on its own.
    pub(super) const IN: [StepIn<'a>; 6] = [
        Self::map,
        Self::between,
        Self::mapped,
        Self::between,
        Self::send,
        Self::done,
    ];
    /// The same on the way back; taken whatever happened before.
    pub(super) const BACK: [StepBack<'a>; 5] = [
        Self::recall,
        Self::unmap,
        Self::between_back,
        Self::start_return,
        Self::finish_return,
    ];

    /// Lays the way home and enters upon it.
    pub(super) fn begin(process: &'a mut Process, plan: &'a Plan) -> Result<Self> {
        let pid = process.pid;
        let Some(((leader, others), state)) = process.threads.split_first_mut().zip(plan.states.first())
        else {
            return Err(TaskError::because(
                "run the parasite",
                pid,
                "the process has no threads",
            ));
        };
        let busy: Vec<u64> = plan
            .states
            .iter()
            .map(|state| state.registers.instruction_pointer())
            .collect();
        let slot = Slot::choose(pid, &plan.memory, &plan.vdso, &busy, state)?;
        Ok(Self {
            pid,
            plan,
            remote: Remote::begin(slot, leader, &plan.memory, state)?,
            others,
            base: None,
            arena: None,
            entered: 0,
            inhabited: false,
            astray: false,
            mlock_future: 0,
            error: None,
        })
    }

    /// Takes a step in, unless an earlier one failed.
    pub(super) fn go(&mut self, nth: usize, step: StepIn<'a>, gate: &mut Gate) {
        if self.error.is_none() {
            let result = self.fault("dump.visit", nth).and_then(|()| step(self, gate));
            self.note(result);
        }
    }

    /// Takes a step back, whatever happened before.
    pub(super) fn go_back(&mut self, nth: usize, step: StepBack<'a>, gate: &mut Gate) {
        step(self, gate);
        let fault = self.fault("dump.visit-back", nth);
        self.note(fault);
    }

    fn fault(&self, step: &str, nth: usize) -> Result<()> {
        stasis_fault::at_nth(step, nth)
            .map_err(|error| TaskError::io("run the parasite", "fault", self.pid, 0, &error))
    }

    pub(super) fn finish(self) -> Result<Visit> {
        match (self.error, self.arena) {
            (Some(error), _) => Err(error),
            (None, Some(arena)) => Ok(Visit {
                arena,
                mlock_future: self.mlock_future,
            }),
            (None, None) => Err(TaskError::because(
                "run the parasite",
                self.pid,
                "it was not mapped",
            )),
        }
    }

    fn note(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    fn map(&mut self, _: &mut Gate) -> Result<()> {
        let size = self.plan.image.object_size();
        // Executable first: PR_SET_MDWE lets nothing become so later.
        self.remote
            .start(libc::SYS_mmap, [0, size, PROT_RX, SHARED_ANON, u64::MAX, 0])
    }

    fn between(&mut self, _: &mut Gate) -> Result<()> {
        self.remote.proceed()
    }

    fn mapped(&mut self, _: &mut Gate) -> Result<()> {
        let image = &self.plan.image;
        let mapped = self.remote.finish("map the parasite", "mmap");
        let base = mapped.map_err(|error| no_room::explained(error, image.object_size()))?;
        self.base = Some(base);
        let data = image.object_size() - blob_size();
        self.remote
            .start(libc::SYS_mprotect, [base + blob_size(), data, PROT_RW, 0, 0, 0])?;
        let arena = Arena::attach(mapping::open(self.pid, base, image.object_size())?, image)
            .map_err(|error| TaskError::from(error).during("map the parasite", self.pid))?;
        for (frame, state) in self.plan.frames.iter().zip(&self.plan.states) {
            frame.fill(&arena, base + blob_size(), state)?;
        }
        self.arena = Some(arena);
        Ok(())
    }

    /// Sends every thread in.
    fn send(&mut self, gate: &mut Gate) -> Result<()> {
        self.remote.finish("map the parasite", "mprotect")?;
        let (Some(arena), Some(base)) = (&self.arena, self.base) else {
            return Ok(());
        };
        gate.hold(arena)
            .map_err(|error| TaskError::from(error).during("run the parasite", self.pid))?;
        let code = blob_size();
        for (strand, state) in self.plan.states.iter().enumerate() {
            let thread = thread(&mut self.remote, self.others, strand);
            let strand32 = u32::try_from(strand).unwrap_or(u32::MAX);
            let stack = base + code + self.plan.image.stack_top(strand32);
            let registers = &state.registers;
            thread.set_registers(&registers.entering(base, base + code, u64::from(strand32), stack))?;
            thread.set_blocked(ALL_SIGNALS)?;
            thread.resume()?;
            self.entered = strand + 1;
        }
        Ok(())
    }

    /// Waits until all threads are at the gate.
    fn done(&mut self, _: &mut Gate) -> Result<()> {
        let Some(arena) = &self.arena else {
            return Ok(());
        };
        let until = Instant::now() + PATIENCE;
        let mut look = FIRST_LOOK;
        while !arena.wait(look, look, |arena| arena.all(&ENDED)) {
            if Instant::now() > until {
                let cause = format!("it did not finish within {PATIENCE:?}");
                return Err(TaskError::because("run the parasite", self.pid, cause)
                    .of_kind(ErrorKind::Unfinished)
                    .hint("one of its threads waits in the kernel, or gets no processor"));
            }
            for strand in 0..self.entered {
                let state = u32::try_from(strand).ok().and_then(|strand| arena.state(strand));
                if state.is_none_or(|state| !ENDED.contains(&state)) {
                    thread(&mut self.remote, self.others, strand).carry_on()?;
                }
            }
            look = (look * 2).min(LAST_LOOK);
        }
        failure(self.pid, arena)?;
        if let Some(base) = self.base.filter(|_| mapping::is_locked(arena, self.plan.locked)) {
            self.mlock_future = mapping::lock_of(self.pid, base);
        }
        Ok(())
    }

    fn recall(&mut self, _: &mut Gate) {
        for strand in 0..self.entered {
            let result = thread(&mut self.remote, self.others, strand).interrupt();
            self.note(result);
        }
    }

    /// Puts back all but the main thread, which is the one to remove the mapping.
    fn unmap(&mut self, _: &mut Gate) {
        let until = Instant::now() + PATIENCE;
        for strand in 0..self.entered {
            let state = &self.plan.states[strand];
            let thread = thread(&mut self.remote, self.others, strand);
            let left = until.saturating_duration_since(Instant::now());
            let result = thread.wait_stopped_within(left).and_then(|()| match strand {
                0 => thread.set_fpu(&state.fpu),
                _ => thread.put_back(state),
            });
            // One that has ended needs no home.
            if result.as_ref().is_err_and(|error| !error.is_gone()) {
                self.inhabited = true;
                self.astray |= strand == 0;
            }
            self.note(result);
        }
        // One that failed to enter may have foreign registers or a foreign mask already.
        if self.error.is_some()
            && let Some(inside) = self.entered.checked_sub(1)
            && let Some(thread) = self.others.get(inside)
        {
            let result = thread.put_back(&self.plan.states[inside + 1]);
            self.note(result);
        }
        if let Some(base) = self.mapped_and_empty() {
            let size = self.plan.image.object_size();
            let result = self.remote.start(libc::SYS_munmap, [base, size, 0, 0, 0, 0]);
            self.note(result);
        }
    }

    /// Where the arena is, if it can be removed.
    fn mapped_and_empty(&self) -> Option<u64> {
        self.base.filter(|_| !self.inhabited)
    }

    fn between_back(&mut self, _: &mut Gate) {
        if self.mapped_and_empty().is_some() {
            let result = self.remote.proceed();
            self.note(result);
        }
    }

    fn start_return(&mut self, gate: &mut Gate) {
        if self.mapped_and_empty().is_some() {
            let result = self.remote.finish("remove the parasite", "munmap").map(drop);
            self.note(result);
        }
        if let Some(arena) = &self.arena {
            gate.release(arena);
        }
        if !self.astray {
            let result = self.remote.start_return();
            self.note(result);
        }
    }

    fn finish_return(&mut self, _: &mut Gate) {
        if !self.astray {
            // One that is still in the arena goes home from there.
            let back = if self.inhabited {
                0
            } else {
                self.entered.saturating_sub(1)
            };
            let others = self.others.iter_mut().zip(&self.plan.states[1..]).take(back);
            let result = self.remote.finish_return(others);
            self.note(result);
        }
    }
}

/// The thread of a strand: strand 0 is the main thread's.
fn thread<'t>(remote: &'t mut Remote<'_>, others: &'t mut [Thread], strand: usize) -> &'t mut Thread {
    match strand.checked_sub(1) {
        None => remote.thread(),
        Some(other) => &mut others[other],
    }
}

fn failure(pid: i32, arena: &Arena) -> Result<()> {
    let injected = |error: std::io::Error| arena.failed_at(0, 0, -error.raw_os_error().unwrap_or(libc::EIO));
    let injected = stasis_fault::at("dump.strand").err().and_then(injected);
    let Some(failure) = arena.failure().or(injected) else {
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
