// SPDX-License-Identifier: GPL-2.0-only
//! System calls that a stop interrupted, as the registers tell of them.
use super::Registers;
use super::registers::NO_SYSCALL;
use crate::Memory;

/// Bytes of the `syscall` instruction.
const SYSCALL_LENGTH: u64 = 2;
// include/linux/errno.h: seen only by tracers.
const ERESTARTSYS: i64 = -512;
const ERESTARTNOINTR: i64 = -513;
const ERESTARTNOHAND: i64 = -514;
const ERESTART_RESTARTBLOCK: i64 = -516;

/// Finds out which call is behind `restart_syscall(2)`.
type Original = fn(&Registers, &Memory) -> Option<i64>;

impl Registers {
    /// Whether the thread is on its way out of a system call that gives up with `EINTR` at any
    /// interruption, our stop included (signal(7), "Interruption of system calls and library functions by stop signals"),
    /// and that has had no effect then, so that it can be made again.
    #[must_use]
    pub(super) fn is_interrupted_by_the_stop(&self) -> bool {
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
    pub(super) fn restart_unless_signalled(&mut self) {
        self.ax = ERESTARTNOHAND.cast_unsigned();
    }

    /// Where the thread is in `restart_syscall(2)`, and will call it again, only the kernel knows what it does: names the
    /// call behind it. The kernel does not look at the name when it restarts from its own memory.
    pub(crate) fn note_call(&mut self, memory: &Memory, original: Original) {
        if self.orig_ax.cast_signed() == libc::SYS_restart_syscall
            && self.result() == ERESTART_RESTARTBLOCK
            && let Some(number) = original(self, memory)
        {
            self.orig_ax = number.cast_unsigned();
        }
    }

    /// No way has to be taken back inside an interrupted call: these registers tell the kernel of it.
    pub(crate) fn detour(&self, _at: u64) -> Option<Detour> {
        None
    }

    /// The address behind the call that the thread is in.
    #[must_use]
    pub fn behind_call(&self) -> u64 {
        self.ip
    }

    /// Which of its ERESTART errnos the kernel left: how it would go on with the interrupted system call, and what that
    /// call returns should a handler run first. 0: there is nothing to restart.
    #[must_use]
    pub fn interrupted(&self) -> u32 {
        match self.result() {
            code @ (ERESTARTSYS | ERESTARTNOINTR | ERESTARTNOHAND | ERESTART_RESTARTBLOCK)
                if self.orig_ax.cast_signed() >= 0 =>
            {
                code.unsigned_abs() as u32
            }
            _ => 0,
        }
    }

    /// The way back from [`restarted`](Self::restarted): inside the call again that these registers are about to repeat.
    /// So a signal that is pending, or comes before it is repeated, finds what it would have found: `pause(2)` and its like
    /// return once the handler has run. `None`: these are not registers that a code could belong to.
    #[must_use]
    pub fn back_inside(&self, interrupted: u32) -> Option<Self> {
        let code = match -i64::from(interrupted) {
            // Made again from its own arguments, as in `restarted`; like before, EINTR where a handler runs.
            ERESTART_RESTARTBLOCK => ERESTARTNOHAND,
            code @ (ERESTARTSYS | ERESTARTNOINTR | ERESTARTNOHAND) => code,
            _ => return None,
        };
        let number = self.ax;
        (number.cast_signed() >= 0).then(|| Self {
            orig_ax: number,
            ax: code.cast_unsigned(),
            ip: self.ip.wrapping_add(SYSCALL_LENGTH),
            ..*self
        })
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

/// Registers on the way back inside a call.
#[derive(Debug)]
pub(crate) struct Detour {
    /// With which the thread makes a call of ours.
    pub(crate) call: Registers,
    /// Which it has at that call's exit.
    pub(crate) inside: Registers,
}

/// poll(2); where there is only ppoll(2), nothing restarts like it.
pub const POLL: i64 = libc::SYS_poll;

/// vfork(2); elsewhere it is a clone(2).
pub const VFORK: i64 = libc::SYS_vfork;

/// `mov eax, NUMBER; syscall`.
pub const CODE_BEFORE_CALL: usize = 7;

/// The number of the system call that this code makes, where it is so simple.
#[must_use]
pub fn number_in(code: &[u8; CODE_BEFORE_CALL]) -> Option<i64> {
    let [0xb8, a, b, c, d, 0x0f, 0x05] = *code else {
        return None;
    };
    Some(i64::from(u32::from_le_bytes([a, b, c, d])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interrupted(code: i64) -> Registers {
        Registers {
            orig_ax: libc::SYS_pause as u64,
            ax: code.cast_unsigned(),
            ip: 0x1002,
            ..Registers::default()
        }
    }

    #[test]
    fn out_of_a_call_and_back_inside() {
        for code in [ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND] {
            let inside = interrupted(code);
            let home = inside.restarted();
            assert_eq!((home.ax, home.ip), (libc::SYS_pause as u64, 0x1000));
            assert_eq!(home.interrupted(), 0);
            assert_eq!(home.back_inside(inside.interrupted()), Some(inside));
        }
        let asleep = interrupted(ERESTART_RESTARTBLOCK);
        let back = asleep.restarted().back_inside(asleep.interrupted());
        assert_eq!(back, Some(interrupted(ERESTARTNOHAND)));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let home = interrupted(ERESTARTSYS).restarted();
        assert_eq!(home.back_inside(4), None);
        let running = Registers {
            ax: (-4i64).cast_unsigned(),
            ..home
        };
        assert_eq!(running.back_inside(512), None);
        assert_eq!(interrupted(-4).interrupted(), 0);
    }

    #[test]
    fn the_number_in_front_of_a_call() {
        assert_eq!(
            number_in(&[0xb8, 0xe6, 0, 0, 0, 0x0f, 0x05]),
            Some(libc::SYS_clock_nanosleep)
        );
        assert_eq!(number_in(&[0x48, 0x89, 0xf8, 0, 0, 0x0f, 0x05]), None);
    }
}
