// SPDX-License-Identifier: GPL-2.0-only
use crate::ptrace;

/// `struct user_regs_struct` (arch/x86/include/uapi/asm/ptrace.h), the NT_PRSTATUS layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Registers {
    pub r15: u64,
    pub r14: u64,
    pub r13: u64,
    pub r12: u64,
    pub bp: u64,
    pub bx: u64,
    pub r11: u64,
    pub r10: u64,
    pub r9: u64,
    pub r8: u64,
    pub ax: u64,
    pub cx: u64,
    pub dx: u64,
    pub si: u64,
    pub di: u64,
    /// Number of the interrupted system call, or -1: not inside one.
    pub orig_ax: u64,
    pub ip: u64,
    pub cs: u64,
    pub flags: u64,
    pub sp: u64,
    pub ss: u64,
    pub fs_base: u64,
    pub gs_base: u64,
    pub ds: u64,
    pub es: u64,
    pub fs: u64,
    pub gs: u64,
}

/// `orig_ax` of a thread that is not inside a system call.
pub(super) const NO_SYSCALL: u64 = u64::MAX;

impl Registers {
    pub fn read(tid: i32) -> std::io::Result<Self> {
        let [
            r15,
            r14,
            r13,
            r12,
            bp,
            bx,
            r11,
            r10,
            r9,
            r8,
            ax,
            cx,
            dx,
            si,
            di,
            orig_ax,
            ip,
            cs,
            flags,
            sp,
            ss,
            fs_base,
            gs_base,
            ds,
            es,
            fs,
            gs,
        ] = ptrace::get_general::<27>(tid)?;
        Ok(Self {
            r15,
            r14,
            r13,
            r12,
            bp,
            bx,
            r11,
            r10,
            r9,
            r8,
            ax,
            cx,
            dx,
            si,
            di,
            orig_ax,
            ip,
            cs,
            flags,
            sp,
            ss,
            fs_base,
            gs_base,
            ds,
            es,
            fs,
            gs,
        })
    }

    pub fn write(&self, tid: i32) -> std::io::Result<()> {
        let r = self;
        ptrace::set_general(
            tid,
            &[
                r.r15, r.r14, r.r13, r.r12, r.bp, r.bx, r.r11, r.r10, r.r9, r.r8, r.ax, r.cx, r.dx, r.si,
                r.di, r.orig_ax, r.ip, r.cs, r.flags, r.sp, r.ss, r.fs_base, r.gs_base, r.ds, r.es, r.fs,
                r.gs,
            ],
        )
    }

    #[must_use]
    pub fn instruction_pointer(&self) -> u64 {
        self.ip
    }

    pub fn set_instruction_pointer(&mut self, ip: u64) {
        self.ip = ip;
        self.orig_ax = NO_SYSCALL;
    }

    #[must_use]
    pub fn stack_pointer(&self) -> u64 {
        self.sp
    }

    /// The result of the system call that just ended.
    #[must_use]
    pub fn result(&self) -> i64 {
        self.ax.cast_signed()
    }

    /// Of the system call that the thread is in.
    #[must_use]
    pub fn arguments(&self) -> [u64; 6] {
        [self.di, self.si, self.dx, self.r10, self.r8, self.r9]
    }

    /// These registers, about to make a system call at `ip`.
    #[must_use]
    pub fn calling(&self, ip: u64, number: u64, args: [u64; 6]) -> Self {
        let [di, si, dx, r10, r8, r9] = args;
        Self {
            ip,
            ax: number,
            di,
            si,
            dx,
            r10,
            r8,
            r9,
            orig_ax: NO_SYSCALL,
            ..*self
        }
    }

    /// These registers, about to run at `ip` and not inside a system call any more.
    #[must_use]
    pub fn jumping(&self, ip: u64) -> Self {
        Self {
            ip,
            orig_ax: NO_SYSCALL,
            ..*self
        }
    }

    /// Registers for the interpreter's entry (crates/blob, arch/x86_64).
    #[must_use]
    pub fn entering(&self, blob: u64, arena: u64, strand: u64, stack: u64) -> Self {
        // The direction flag must be clear on entry into compiled code.
        Self {
            ip: blob,
            di: arena,
            si: strand,
            sp: stack,
            orig_ax: NO_SYSCALL,
            flags: self.flags & !0x400,
            ..*self
        }
    }
}
