// SPDX-License-Identifier: GPL-2.0-only
use crate::ptrace;

/// `struct user_pt_regs` (arch/arm64/include/uapi/asm/ptrace.h), the NT_PRSTATUS layout, and what the kernel knows of an
/// interrupted system call but does not show there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Registers {
    pub x: [u64; 31],
    pub sp: u64,
    pub pc: u64,
    pub pstate: u64,
    /// The thread is to go on inside the system call that it is about to repeat, as interrupted by this errno of the
    /// kernel's own; 0: as the registers say.
    pub(super) code: u32,
    /// The call behind `restart_syscall`, where the registers name only that; 0: none.
    pub(super) named: u64,
    /// Where the kernel has stored what is left of the interrupted sleep; 0: nowhere.
    pub(super) rest: u64,
}

/// The number of the system call.
pub(super) const X8: usize = 8;
/// BTYPE: how the last branch went. Code that we send a thread to may be guarded (BTI), and was not branched to.
const BTYPE: u64 = 3 << 10;
/// The software step bit, which only a debugger sets.
const SS: u64 = 1 << 21;
const WORDS: usize = 34;

impl Registers {
    pub fn read(tid: i32) -> std::io::Result<Self> {
        let words = ptrace::get_general::<WORDS>(tid)?;
        let mut x = [0; 31];
        x.copy_from_slice(&words[..31]);
        Ok(Self {
            x,
            sp: words[31],
            pc: words[32],
            pstate: words[33],
            code: 0,
            named: 0,
            rest: 0,
        })
    }

    /// At a stop inside a system call x7 is not written: the kernel has it in other use there.
    pub fn write(&self, tid: i32) -> std::io::Result<()> {
        let mut words = [0; WORDS];
        words[..31].copy_from_slice(&self.x);
        words[31..].copy_from_slice(&[self.sp, self.pc, self.pstate]);
        ptrace::set_general(tid, &words)
    }

    #[must_use]
    pub fn instruction_pointer(&self) -> u64 {
        self.pc
    }

    pub fn set_instruction_pointer(&mut self, ip: u64) {
        *self = self.jumping(ip);
    }

    #[must_use]
    pub fn stack_pointer(&self) -> u64 {
        self.sp
    }

    /// The result of the system call that just ended.
    #[must_use]
    pub fn result(&self) -> i64 {
        self.x[0].cast_signed()
    }

    /// Of the system call that the thread is about to repeat.
    #[must_use]
    pub fn arguments(&self) -> [u64; 6] {
        let [a, b, c, d, e, f, ..] = self.x;
        [a, b, c, d, e, f]
    }

    /// These registers, about to make a system call at `ip`.
    #[must_use]
    pub fn calling(&self, ip: u64, number: u64, args: [u64; 6]) -> Self {
        let mut calling = self.jumping(ip);
        calling.x[..6].copy_from_slice(&args);
        calling.x[X8] = number;
        calling
    }

    /// These registers, about to run at `ip` and not inside a system call any more. The stack pointer stays the task's own:
    /// as long as signals are not blocked, their frames go there.
    #[must_use]
    pub fn jumping(&self, ip: u64) -> Self {
        Self {
            pc: ip,
            pstate: self.pstate & !(BTYPE | SS),
            code: 0,
            named: 0,
            rest: 0,
            ..*self
        }
    }

    /// Registers for the interpreter's entry (crates/blob, arch/aarch64).
    #[must_use]
    pub fn entering(&self, blob: u64, arena: u64, strand: u64, stack: u64) -> Self {
        let mut entering = self.jumping(blob);
        entering.x[0] = arena;
        entering.x[1] = strand;
        entering.sp = stack;
        entering
    }
}
