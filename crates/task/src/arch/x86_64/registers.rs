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

const NO_SYSCALL: u64 = u64::MAX;
/// Bytes of the `syscall` instruction.
const SYSCALL_LENGTH: u64 = 2;
// include/linux/errno.h: seen only by tracers.
const ERESTARTSYS: i64 = -512;
const ERESTARTNOINTR: i64 = -513;
const ERESTARTNOHAND: i64 = -514;
const ERESTART_RESTARTBLOCK: i64 = -516;

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

    /// Whether the thread is on its way out of a system call that gives up with `EINTR` at any
    /// interruption, our stop included (signal(7), "Interruption of system calls and library functions by stop signals"),
    /// and that has had no effect then, so that it can be made again.
    #[must_use]
    pub fn is_interrupted_by_the_stop(&self) -> bool {
        const GIVE_UP: [i64; 18] = [
            libc::SYS_epoll_wait,
            libc::SYS_epoll_pwait,
            libc::SYS_epoll_pwait2,
            libc::SYS_semop,
            libc::SYS_semtimedop,
            libc::SYS_rt_sigtimedwait,
            libc::SYS_io_getevents,
            // These only with SO_RCVTIMEO or SO_SNDTIMEO, or on inotify and the like.
            libc::SYS_read,
            libc::SYS_readv,
            libc::SYS_write,
            libc::SYS_writev,
            libc::SYS_recvfrom,
            libc::SYS_recvmsg,
            libc::SYS_recvmmsg,
            libc::SYS_sendto,
            libc::SYS_sendmsg,
            libc::SYS_accept,
            libc::SYS_accept4,
        ];
        self.result() == -i64::from(libc::EINTR) && GIVE_UP.contains(&self.orig_ax.cast_signed())
    }

    /// Makes the call as restartable as `pause(2)` is: it is made again unless a handler runs first.
    pub fn restart_unless_signalled(&mut self) {
        self.ax = ERESTARTNOHAND.cast_unsigned();
    }

    /// The registers with which user code goes on when nobody is there to restart the interrupted
    /// system call: what `arch_do_signal_or_restart` (arch/x86/kernel/signal.c) would do, with the
    /// one difference that a call with a restart block is made again from its own arguments (the
    /// block is kernel state that neither survives `rt_sigreturn` nor an image). A relative sleep
    /// goes on with the remainder that the kernel stored, when the caller asked for it.
    #[must_use]
    pub fn restarted(&self) -> Self {
        let mut home = *self;
        home.orig_ax = NO_SYSCALL;
        if self.orig_ax.cast_signed() < 0 {
            return home;
        }
        match self.result() {
            ERESTARTSYS | ERESTARTNOINTR | ERESTARTNOHAND => {}
            ERESTART_RESTARTBLOCK => {
                let relative = self.si & libc::TIMER_ABSTIME as u64 == 0;
                match self.orig_ax.cast_signed() {
                    libc::SYS_nanosleep if self.si != 0 => home.di = self.si,
                    libc::SYS_clock_nanosleep if relative && self.r10 != 0 => home.dx = self.r10,
                    _ => {}
                }
            }
            _ => return home,
        }
        home.ax = self.orig_ax;
        home.ip = self.ip.wrapping_sub(SYSCALL_LENGTH);
        home
    }
}
