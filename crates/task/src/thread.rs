// SPDX-License-Identifier: GPL-2.0-only
use crate::arch::{FpuState, Registers};
use crate::ptrace::{self, RseqConfiguration, named};
use crate::{ErrorKind, Memory, Result, TaskError, arch, restarted, rseq};

/// A thread that this process traces and that is stopped.
///
/// Dropping it does not let the thread go: the kernel does when this process or its tracing
/// thread ends, and [`Thread::release`] does so on purpose. What makes it run and stop is in `control.rs`.
#[derive(Debug)]
pub struct Thread {
    pub pid: i32,
    pub tid: i32,
    /// The signal that stopped the whole process, 0 when only we did.
    pub group_stop: i32,
}

/// A stopped thread's own state, to be put back before it runs on.
#[derive(Debug, Clone)]
pub struct Captured {
    /// Exactly as the kernel holds them, so that it restarts an interrupted system call itself;
    /// except for a restartable sequence, which is already taken to its abort handler.
    pub registers: Registers,
    pub fpu: FpuState,
    pub blocked: u64,
    pub rseq: RseqConfiguration,
}

impl Thread {
    pub fn capture(&self, memory: &Memory) -> Result<Captured> {
        let (pid, tid) = (self.pid, self.tid);
        let mut registers = self.registers()?;
        let rseq = ptrace::rseq_configuration(tid).unwrap_or_default();
        rseq::abort_if_inside(&mut registers, &rseq, memory)?;
        let blocked = named(
            ptrace::get_signal_mask(tid),
            "read the signal mask",
            "PTRACE_GETSIGMASK",
            pid,
            tid,
        )?;
        registers.note_call(memory, restarted::original);
        self.refuse_unsupported()?;
        let fpu = named(
            FpuState::read(tid),
            "read the FPU registers",
            "PTRACE_GETREGSET",
            pid,
            tid,
        )?;
        Ok(Captured {
            registers,
            fpu,
            blocked,
            rseq,
        })
    }

    /// # Errors
    /// It has state that no register set of those that are kept holds.
    fn refuse_unsupported(&self) -> Result<()> {
        let (pid, tid) = (self.pid, self.tid);
        let stage = "read the FPU registers";
        match named(arch::unsupported(tid), stage, "PTRACE_GETREGSET", pid, tid)? {
            None => Ok(()),
            Some(cause) => Err(TaskError {
                tid,
                ..TaskError::because(stage, pid, cause).of_kind(ErrorKind::Unsupported)
            }),
        }
    }

    /// Whether it is stopped in the calling thread's hands.
    #[must_use]
    pub fn is_held(&self) -> bool {
        ptrace::current_status(self.tid).is_some()
    }

    /// Puts a captured state back.
    ///
    /// The mask comes before the registers: should we die in between, the thread finds its own
    /// mask and still the way home in its registers.
    pub fn put_back(&self, state: &Captured) -> Result<()> {
        self.set_fpu(&state.fpu)?;
        self.set_blocked(state.blocked)?;
        self.set_registers(&state.registers)
    }

    pub fn registers(&self) -> Result<Registers> {
        Registers::read(self.tid).map_err(|error| {
            let failed = TaskError::io("read registers", "PTRACE_GETREGSET", self.pid, self.tid, &error);
            if failed.errno == libc::ENOEXEC {
                failed.hint("32-bit tasks are not supported")
            } else {
                failed
            }
        })
    }

    pub fn set_registers(&self, registers: &Registers) -> Result<()> {
        named(
            registers.write(self.tid),
            "set registers",
            "PTRACE_SETREGSET",
            self.pid,
            self.tid,
        )
    }

    pub fn set_fpu(&self, fpu: &FpuState) -> Result<()> {
        named(
            fpu.write(self.tid),
            "set the FPU registers",
            "PTRACE_SETREGSET",
            self.pid,
            self.tid,
        )
    }

    pub fn set_blocked(&self, mask: u64) -> Result<()> {
        named(
            ptrace::set_signal_mask(self.tid, mask),
            "set the signal mask",
            "PTRACE_SETSIGMASK",
            self.pid,
            self.tid,
        )
    }

    /// Pending `siginfo_t` records (128 bytes each): the thread's own or its process's.
    pub fn pending_signals(&self, shared: bool) -> Result<Vec<u8>> {
        named(
            ptrace::pending_signals(self.tid, shared),
            "read the pending signals",
            "PTRACE_PEEKSIGINFO",
            self.pid,
            self.tid,
        )
    }

    /// Whether it catches its own system calls (`PR_SET_SYSCALL_USER_DISPATCH`, as Wine does): ours would be caught, too.
    #[must_use]
    pub fn dispatches_syscalls(&self) -> bool {
        ptrace::dispatches_syscalls(self.tid)
    }
}
