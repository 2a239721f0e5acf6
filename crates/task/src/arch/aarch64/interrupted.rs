// SPDX-License-Identifier: GPL-2.0-only
//! System calls that a stop interrupted.
//!
//! Before a tracer sees a stopped thread, `do_signal` (arch/arm64/kernel/signal.c) has rewound it: pc is at the `svc`, x0
//! the first argument again, and the errno by which the call was interrupted in a local variable. So the number of the
//! call has to tell which one it was. A thread that merely stands before its `svc` looks the same; for it, too, to be
//! interrupted as soon as it gets there is a thing that may happen.
use super::Registers;
use super::registers::X8;
use crate::sleep::{futex_waits, time};
use crate::{Memory, RemoteAddress};

/// `svc #0`
const SVC: u32 = 0xd400_0001;
pub(super) const SVC_LENGTH: u64 = 4;
// include/linux/errno.h: seen only by tracers.
const ERESTARTSYS: u32 = 512;
const ERESTARTNOINTR: u32 = 513;
const ERESTARTNOHAND: u32 = 514;
const ERESTART_RESTARTBLOCK: u32 = 516;

/// Finds out which call is behind `restart_syscall(2)`.
type Original = fn(&Registers, &Memory) -> Option<i64>;

impl Registers {
    /// Takes down which system call the thread is about to repeat, and how the kernel would have gone on with it.
    pub(crate) fn note_call(&mut self, memory: &Memory, original: Original) {
        if !is_call(memory, self.pc) {
            return;
        }
        if self.number() == libc::SYS_restart_syscall
            && let Some(number) = original(self, memory)
        {
            self.named = number.cast_unsigned();
            self.code = ERESTART_RESTARTBLOCK;
        } else {
            self.code = code_of(self.number(), &self.arguments());
        }
        self.rest = rest(self.number(), &self.arguments(), memory);
    }

    /// The way back inside the call that the thread is about to repeat, where it has to be taken: only from the exit of
    /// another call does the kernel look for the errno of an interrupted one. `at` is where an `svc` is that it may make.
    pub(crate) fn detour(&self, at: u64) -> Option<Detour> {
        if self.code == 0 {
            return None;
        }
        // What the kernel remembers of a sleep is still there, and good, only where it has named it itself.
        let own = if self.code == ERESTART_RESTARTBLOCK {
            *self
        } else {
            self.restarted()
        };
        // A call that changes nothing, with the first argument that the own one is to be repeated with, and x7 as it is to
        // be: at a stop inside a call it cannot be set.
        let mut call = own.jumping(at);
        call.x[X8] = libc::SYS_getpid.cast_unsigned();
        let mut inside = own;
        inside.x[0] = (-i64::from(self.code)).cast_unsigned();
        inside.pc = own.behind_call();
        Some(Detour { call, inside })
    }

    /// The address behind the call that the thread is about to repeat.
    #[must_use]
    pub fn behind_call(&self) -> u64 {
        self.pc.wrapping_add(SVC_LENGTH)
    }

    /// Which of its ERESTART errnos the kernel left: how it would go on with the interrupted system call, and what that
    /// call returns should a handler run first. 0: there is nothing to restart.
    #[must_use]
    pub fn interrupted(&self) -> u32 {
        self.code
    }

    /// Inside the call again that these registers are about to repeat. So a signal that is pending, or comes before it is
    /// repeated, finds what it would have found: `pause(2)` and its like return once the handler has run. `None`: these
    /// are not registers that a code could belong to.
    #[must_use]
    pub fn back_inside(&self, interrupted: u32) -> Option<Self> {
        let code = match interrupted {
            // Made again from its own arguments, as in `restarted`; like before, EINTR where a handler runs.
            ERESTART_RESTARTBLOCK => ERESTARTNOHAND,
            ERESTARTSYS | ERESTARTNOINTR | ERESTARTNOHAND => interrupted,
            _ => return None,
        };
        (self.x[X8].cast_signed() >= 0).then_some(Self { code, ..*self })
    }

    /// The registers with which user code goes on when nobody is there to restart the interrupted system call: the call is
    /// made again from its own arguments. A relative sleep goes on with the remainder that the kernel stored, when the
    /// caller asked for it.
    #[must_use]
    pub fn restarted(&self) -> Self {
        let mut home = Self {
            code: 0,
            named: 0,
            rest: 0,
            ..*self
        };
        if self.named != 0 {
            home.x[X8] = self.named;
        }
        match self.number() {
            libc::SYS_nanosleep if self.rest != 0 => home.x[0] = self.rest,
            libc::SYS_clock_nanosleep if self.rest != 0 => home.x[2] = self.rest,
            _ => {}
        }
        home
    }

    /// Of the call, also if it is behind `restart_syscall`.
    fn number(&self) -> i64 {
        let number = if self.named == 0 { self.x[X8] } else { self.named };
        number.cast_signed()
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

pub(super) fn is_call(memory: &Memory, at: u64) -> bool {
    let mut code = [0; 4];
    at.is_multiple_of(4)
        && memory.read(RemoteAddress(at), &mut code).is_ok()
        && u32::from_le_bytes(code) == SVC
}

/// By which errno the kernel leaves a call where a signal interrupts it; 0: unknown, or by none. Sleeps, which it would go on
/// with from its own memory, are repeated from their arguments: there is no telling whether the thread was in there yet.
fn code_of(number: i64, arguments: &[u64; 6]) -> u32 {
    const SLOW: [i64; 28] = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_preadv,
        libc::SYS_preadv2,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_pwritev,
        libc::SYS_pwritev2,
        libc::SYS_recvfrom,
        libc::SYS_recvmsg,
        libc::SYS_recvmmsg,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_sendmmsg,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_connect,
        libc::SYS_wait4,
        libc::SYS_waitid,
        libc::SYS_flock,
        libc::SYS_fcntl,
        libc::SYS_openat,
        libc::SYS_mq_timedreceive,
        libc::SYS_mq_timedsend,
        libc::SYS_splice,
        libc::SYS_tee,
        libc::SYS_vmsplice,
        libc::SYS_futex_waitv,
    ];
    const UNLESS_HANDLED: [i64; 10] = [
        libc::SYS_nanosleep,
        libc::SYS_clock_nanosleep,
        libc::SYS_ppoll,
        libc::SYS_pselect6,
        libc::SYS_rt_sigsuspend,
        libc::SYS_msgrcv,
        libc::SYS_msgsnd,
        // Those that give up with EINTR, as a thread's first stop leaves them.
        libc::SYS_epoll_pwait,
        libc::SYS_epoll_pwait2,
        libc::SYS_rt_sigtimedwait,
    ];
    match number {
        libc::SYS_futex if !futex_waits(arguments[1]) => 0,
        libc::SYS_futex if arguments[3] == 0 => ERESTARTSYS,
        libc::SYS_futex => ERESTARTNOHAND,
        _ if SLOW.contains(&number) => ERESTARTSYS,
        _ if UNLESS_HANDLED.contains(&number) => ERESTARTNOHAND,
        _ => 0,
    }
}

/// Where the rest of a relative sleep is, if it is there: what was stored there earlier is no more than was asked for, either.
fn rest(number: i64, arguments: &[u64; 6], memory: &Memory) -> u64 {
    let [a, b, c, d, ..] = *arguments;
    let (request, rest) = match number {
        libc::SYS_nanosleep => (a, b),
        libc::SYS_clock_nanosleep if b & libc::TIMER_ABSTIME as u64 == 0 => (c, d),
        _ => return 0,
    };
    match (time(memory, request), time(memory, rest)) {
        (Some(request), Some(left)) if rest != 0 && left <= request => rest,
        _ => 0,
    }
}

/// poll(2); there is only ppoll(2), and nothing restarts like it.
pub const POLL: i64 = -1;

/// vfork(2); here it is a clone(2).
pub const VFORK: i64 = -1;

/// `mov x8, NUMBER; svc #0`.
pub const CODE_BEFORE_CALL: usize = 8;

/// The number of the system call that this code makes, where it is so simple.
#[must_use]
pub fn number_in(code: &[u8; CODE_BEFORE_CALL]) -> Option<i64> {
    const NUMBER: u32 = 0xffff << 5;
    let [a, b, c, d, svc @ ..] = *code;
    let load = u32::from_le_bytes([a, b, c, d]);
    // movz x8 or w8
    let loads = matches!(load & !NUMBER, 0xd280_0008 | 0x5280_0008);
    (loads && u32::from_le_bytes(svc) == SVC).then_some(i64::from((load & NUMBER) >> 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_call(number: i64, code: u32) -> Registers {
        let mut registers = Registers {
            pc: 0x1000,
            code,
            ..Registers::default()
        };
        registers.x[0] = 7;
        registers.x[7] = 77;
        registers.x[X8] = number.cast_unsigned();
        registers
    }

    #[test]
    fn out_of_a_call_and_back_inside() {
        for code in [ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND] {
            let inside = at_call(libc::SYS_ppoll, code);
            let home = inside.restarted();
            assert_eq!((home.interrupted(), home.pc, home.x[0]), (0, 0x1000, 7));
            assert_eq!(home.back_inside(inside.interrupted()), Some(inside));
        }
        let asleep = at_call(libc::SYS_nanosleep, ERESTART_RESTARTBLOCK);
        let back = asleep.restarted().back_inside(asleep.interrupted());
        assert_eq!(back, Some(at_call(libc::SYS_nanosleep, ERESTARTNOHAND)));
    }

    #[test]
    fn queues_of_messages_differ_by_their_family() {
        let code = |number| code_of(number, &[0; 6]);
        for number in [libc::SYS_msgrcv, libc::SYS_msgsnd] {
            assert_eq!(code(number), ERESTARTNOHAND, "System V");
        }
        for number in [libc::SYS_mq_timedreceive, libc::SYS_mq_timedsend] {
            assert_eq!(code(number), ERESTARTSYS, "POSIX");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        assert_eq!(at_call(libc::SYS_ppoll, 0).back_inside(4), None);
        assert_eq!(at_call(-1, 0).back_inside(ERESTARTSYS), None);
    }

    #[test]
    fn the_way_back_inside_keeps_argument_and_x7() {
        assert!(at_call(libc::SYS_ppoll, 0).detour(0x2000).is_none());
        let Some(Detour { call, inside }) = at_call(libc::SYS_ppoll, ERESTARTNOHAND).detour(0x2000) else {
            panic!("there is no way back");
        };
        assert_eq!(
            (call.pc, call.x[0], call.x[7], call.x[X8]),
            (0x2000, 7, 77, libc::SYS_getpid as u64)
        );
        assert_eq!((inside.pc, inside.x[0].cast_signed()), (0x1004, -514));
        assert_eq!((inside.x[7], inside.x[X8]), (77, libc::SYS_ppoll as u64));
    }

    #[test]
    fn a_sleep_goes_on_with_what_is_left() {
        let left = Registers {
            rest: 0x5000,
            ..at_call(libc::SYS_nanosleep, ERESTARTNOHAND)
        };
        assert_eq!(left.restarted().x[0], 0x5000);
    }

    #[test]
    fn the_number_in_front_of_a_call() {
        let code = |load: u32| -> [u8; CODE_BEFORE_CALL] {
            let mut bytes = [0; CODE_BEFORE_CALL];
            bytes[..4].copy_from_slice(&load.to_le_bytes());
            bytes[4..].copy_from_slice(&SVC.to_le_bytes());
            bytes
        };
        assert_eq!(number_in(&code(0xd280_0e68)), Some(libc::SYS_clock_nanosleep));
        assert_eq!(number_in(&code(0xaa00_03e8)), None);
    }
}
