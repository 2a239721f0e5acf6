// SPDX-License-Identifier: GPL-2.0-only
//! What only a task itself can tell: the parasite's programs, and their answers.
use super::mapping_policies::MappingPolicies;
use super::membarrier::Membarrier;
use super::protection_keys::ProtectionKeys;
use stasis_abi::Sys;
use stasis_arena::{Arena, Builder, Step, Value};
use stasis_task::{Result, TaskError};
use stasis_wire::facts::{Inner, InnerThread, PosixTimer, Task};

const SIGNALS: u64 = 64;
/// `struct kernel_sigaction` of 64-bit Linux: handler, flags, restorer, mask.
const SIGACTION_SIZE: usize = 32;
const ITIMERVAL_SIZE: usize = 32;
const ITIMERSPEC_SIZE: usize = 32;
const TIMESPEC_SIZE: usize = 16;
const NS_PER_SECOND: u64 = 1_000_000_000;
const STACK_T_SIZE: usize = 24;
const LDT_ENTRY_SIZE: usize = 8;
const PR_GET_THP_DISABLE: i32 = 42;
const PR_GET_TID_ADDRESS: i32 = 40;
const PR_MCE_KILL_GET: i32 = 34;
const PR_GET_IO_FLUSHER: i32 = 58;
const PR_GET_SPECULATION_CTRL: i32 = 52;
/// `PR_SPEC_STORE_BYPASS`, `PR_SPEC_INDIRECT_BRANCH`, `PR_SPEC_L1D_FLUSH`.
const SPECULATION: [u64; 3] = [0, 1, 2];
/// Asks personality(2) for what there is.
const PERSONALITY_QUERY: u64 = 0xffff_ffff;
const PR_GET_MDWE: i32 = 66;
const PR_GET_MEMORY_MERGE: i32 = 68;
/// `PR_THP_DISABLE_EXCEPT_ADVISED` in what PR_GET_THP_DISABLE answers.
const EXCEPT_ADVISED: u32 = 2;
/// 50 µs is what every task starts with (init_task).
const DEFAULT_SLACK: u64 = 50_000;

/// Where the answers of one process lie in its arena.
pub(crate) struct Queries {
    sigactions: u64,
    asked_at: u64,
    itimers: u64,
    subreaper: u64,
    timers: Vec<(i32, u64, u16)>,
    brk: u16,
    dumpable: u16,
    securebits: u16,
    thp_disabled: u16,
    keep_caps: u16,
    mce_kill: u16,
    memory_merge: u16,
    mdwe: u16,
    membarrier: Membarrier,
    protection_keys: ProtectionKeys,
    ldt: u16,
    policies: MappingPolicies,
    threads: Vec<ThreadAnswers>,
}

struct ThreadAnswers {
    altstack: u64,
    tid_address: u64,
    death_signal: u64,
    tsc_mode: u64,
    securebits: u16,
    timer_slack: u16,
    io_flusher: u16,
    personality: u16,
    speculation: [u16; SPECULATION.len()],
}

impl Queries {
    /// Writes the programs for the task's process; strand 0 is the main thread, which asks for the process as well.
    pub(crate) fn write(builder: &mut Builder, threads: usize, task: &Task) -> Self {
        let leader = 0;
        let sigactions = builder.alloc(SIGACTION_SIZE * SIGNALS as usize, 8);
        for signal in 1..=SIGNALS {
            let out = sigactions + (signal - 1) * SIGACTION_SIZE as u64;
            let args = [signal.into(), 0u64.into(), Value::Data(out), 8u64.into()];
            builder.push(leader, Step::call(Sys::RtSigaction, &args));
        }
        let asked_at = builder.alloc(TIMESPEC_SIZE, 8);
        let monotonic = libc::CLOCK_MONOTONIC.into();
        let ask_clock = Step::call(Sys::ClockGettime, &[monotonic, Value::Data(asked_at)]);
        builder.push(leader, ask_clock);
        let itimers = builder.alloc(3 * ITIMERVAL_SIZE, 8);
        for which in 0..3u64 {
            let out = Value::Data(itimers + which * ITIMERVAL_SIZE as u64);
            builder.push(leader, Step::call(Sys::Getitimer, &[which.into(), out]));
        }
        let timers = task
            .posix_timers
            .iter()
            .map(|timer| {
                let out = builder.alloc(ITIMERSPEC_SIZE, 8);
                let overrun = builder.slot(leader);
                builder.push(
                    leader,
                    Step::call(Sys::TimerGettime, &[timer.id.into(), Value::Data(out)]),
                );
                builder.push(
                    leader,
                    Step::call(Sys::TimerGetoverrun, &[timer.id.into()]).save(overrun),
                );
                (timer.id, out, overrun)
            })
            .collect();
        let subreaper = builder.alloc(8, 8);
        let args = [libc::PR_GET_CHILD_SUBREAPER.into(), Value::Data(subreaper)];
        builder.push(leader, Step::call(Sys::Prctl, &args));
        let brk = builder.slot(leader);
        builder.push(leader, Step::call(Sys::Brk, &[0u64.into()]).save(brk));
        let mut prctl = |option: i32| {
            let zero = Value::from(0u64);
            // Options that a kernel does not know answer EINVAL: then the task cannot have changed them.
            builder.ask(
                leader,
                Step::call(Sys::Prctl, &[option.into(), zero, zero, zero, zero]),
            )
        };
        let dumpable = prctl(libc::PR_GET_DUMPABLE);
        let securebits = prctl(libc::PR_GET_SECUREBITS);
        let thp_disabled = prctl(PR_GET_THP_DISABLE);
        let keep_caps = prctl(libc::PR_GET_KEEPCAPS);
        let mce_kill = prctl(PR_MCE_KILL_GET);
        let memory_merge = prctl(PR_GET_MEMORY_MERGE);
        let mdwe = prctl(PR_GET_MDWE);
        let membarrier = Membarrier::write(builder, leader);
        let protection_keys = ProtectionKeys::write(builder, leader, task);
        let ldt = ask_ldt(builder, leader);
        let policies = MappingPolicies::write(builder, leader, task);
        let threads = (0..threads)
            .map(|strand| ThreadAnswers::write(builder, strand))
            .collect();
        Self {
            sigactions,
            asked_at,
            itimers,
            subreaper,
            timers,
            brk,
            dumpable,
            securebits,
            thp_disabled,
            keep_caps,
            mce_kill,
            memory_merge,
            mdwe,
            membarrier,
            protection_keys,
            ldt,
            policies,
            threads,
        }
    }

    /// Timer slack of each thread, in nanoseconds.
    pub(crate) fn timer_slacks(&self, arena: &Arena) -> impl Iterator<Item = u64> {
        let slack = |(strand, answers): (u32, &ThreadAnswers)| arena.slot(strand, answers.timer_slack);
        (0..)
            .zip(&self.threads)
            .map(move |each| slack(each).unwrap_or(DEFAULT_SLACK))
    }

    /// Reads the answers of a process whose threads have these ids.
    pub(crate) fn read(&self, arena: &Arena, pid: i32, tids: &[i32]) -> Result<Inner> {
        let bytes = |at: u64, length: usize| {
            arena
                .bytes(at, length)
                .map_err(|error| TaskError::because("read the parasite's answers", pid, error.to_string()))
        };
        let word = |at: u64| bytes(at, 8).map(|bytes| bytes.try_into().map_or(0, u64::from_le_bytes));
        // A negative errno stands for "cannot be asked": take it as the default, 0.
        let answer = |slot: u16| u32::try_from(arena.slot(0, slot).unwrap_or(0)).unwrap_or(0);
        let of_thread = |strand: usize, slot: u16| arena.slot(u32::try_from(strand).ok()?, slot);
        let threads = self
            .threads
            .iter()
            .zip(tids)
            .enumerate()
            .map(|(strand, (answers, tid))| {
                Ok(InnerThread {
                    tid: *tid,
                    altstack: bytes(answers.altstack, STACK_T_SIZE)?,
                    clear_child_tid: word(answers.tid_address)?,
                    parent_death_signal: word(answers.death_signal)? as i32,
                    securebits: of_thread(strand, answers.securebits).unwrap_or(0) as u32,
                    tsc_mode: word(answers.tsc_mode)? as u32,
                    io_flusher: of_thread(strand, answers.io_flusher) == Some(1),
                    personality: of_thread(strand, answers.personality).unwrap_or(0) as u32,
                    speculation: answers
                        .speculation
                        .iter()
                        .map(|slot| {
                            of_thread(strand, *slot).map_or(0, |answer| answer.cast_signed().max(0) as u32)
                        })
                        .collect(),
                })
            });
        let posix_timers = self.timers.iter().map(|(id, at, overrun)| {
            Ok(PosixTimer {
                id: *id,
                setting: bytes(*at, ITIMERSPEC_SIZE)?,
                overrun: arena.slot(0, *overrun).unwrap_or(0) as i32,
                ..PosixTimer::default()
            })
        });
        Ok(Inner {
            pid,
            sigactions: bytes(self.sigactions, SIGACTION_SIZE * SIGNALS as usize)?,
            itimers: bytes(self.itimers, 3 * ITIMERVAL_SIZE)?,
            posix_timers: posix_timers.collect::<Result<_>>()?,
            brk: arena.slot(0, self.brk).unwrap_or(0),
            dumpable: answer(self.dumpable),
            securebits: answer(self.securebits),
            child_subreaper: word(self.subreaper)? as u32 != 0,
            thp_disabled: answer(self.thp_disabled) != 0,
            keep_caps: answer(self.keep_caps) != 0,
            threads: threads.collect::<Result<_>>()?,
            mce_kill: answer(self.mce_kill),
            thp_except_advised: answer(self.thp_disabled) & EXCEPT_ADVISED != 0,
            memory_merge: answer(self.memory_merge) != 0,
            mdwe: answer(self.mdwe),
            membarrier: self.membarrier.read(arena, 0),
            protection_keys: self.protection_keys.read(arena, 0),
            mapping_policies: self.policies.read(arena, pid)?,
            ldt: arena
                .slot(0, self.ldt)
                .is_some_and(|bytes| bytes.cast_signed() > 0),
            timers_read_ns: word(self.asked_at)? * NS_PER_SECOND + word(self.asked_at + 8)?,
            ..Inner::default()
        })
    }
}

/// Reading a local descriptor table answers 0 where there is none (`read_ldt`, arch/x86/kernel/ldt.c), and how many bytes
/// were asked for where there is one. ENOSYS where the processor or the kernel knows none.
fn ask_ldt(builder: &mut Builder, strand: u32) -> u16 {
    let entry = builder.alloc(LDT_ENTRY_SIZE, 8);
    let arguments = [0u64.into(), Value::Data(entry), (LDT_ENTRY_SIZE as u64).into()];
    builder.ask(strand, Step::call(Sys::ModifyLdt, &arguments))
}

impl ThreadAnswers {
    fn write(builder: &mut Builder, strand: usize) -> Self {
        let strand = u32::try_from(strand).unwrap_or(u32::MAX);
        let altstack = builder.alloc(STACK_T_SIZE, 8);
        let tid_address = builder.alloc(8, 8);
        let death_signal = builder.alloc(8, 8);
        builder.push(
            strand,
            Step::call(Sys::Sigaltstack, &[0u64.into(), Value::Data(altstack)]),
        );
        builder.push(
            strand,
            Step::call(Sys::Prctl, &[PR_GET_TID_ADDRESS.into(), Value::Data(tid_address)]),
        );
        builder.push(
            strand,
            Step::call(
                Sys::Prctl,
                &[libc::PR_GET_PDEATHSIG.into(), Value::Data(death_signal)],
            ),
        );
        // Each thread has credentials of its own, though the C library keeps them alike.
        let securebits = builder.slot(strand);
        builder.push(
            strand,
            Step::call(Sys::Prctl, &[libc::PR_GET_SECUREBITS.into()]).save(securebits),
        );
        // Its file in /proc is in no thread's folder but only in a process's, which would be made for each thread.
        let timer_slack = builder.ask(strand, Step::call(Sys::Prctl, &[libc::PR_GET_TIMERSLACK.into()]));
        // x86 only: elsewhere it stays 0.
        let tsc_mode = builder.alloc(8, 8);
        let args = [libc::PR_GET_TSC.into(), Value::Data(tsc_mode)];
        builder.push(strand, Step::call(Sys::Prctl, &args).any());
        let zero = Value::from(0u64);
        let args = [PR_GET_IO_FLUSHER.into(), zero, zero, zero, zero];
        let io_flusher = builder.ask(strand, Step::call(Sys::Prctl, &args));
        let personality = builder.ask(strand, Step::call(Sys::Personality, &[PERSONALITY_QUERY.into()]));
        // Of what the processor is not affected by, or the kernel does not know, there is an errno.
        let speculation = SPECULATION.map(|kind| {
            let args = [PR_GET_SPECULATION_CTRL.into(), kind.into(), zero, zero, zero];
            builder.ask(strand, Step::call(Sys::Prctl, &args))
        });
        Self {
            personality,
            speculation,
            altstack,
            tid_address,
            death_signal,
            tsc_mode,
            securebits,
            timer_slack,
            io_flusher,
        }
    }
}
