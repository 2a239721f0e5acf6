// SPDX-License-Identifier: GPL-2.0-only
//! What each operation does.
//!
//! # Safety
//! System calls, `Store`, `Compare` and `Earlier` do with the task's memory what the program says: a program is
//! trusted as code is.

use stasis_abi::{Code, Op, Sys};

use crate::calls::{EINVAL, ELOOP, ENOSYS, by_wire, call};
use crate::here::Here;
use crate::{barrier, exit, spawn, value};

/// Executes `op`, which is number `at`. Gives its result and the index of the operation to go on with.
pub fn execute(here: &Here, op: &Op, at: u32) -> (isize, u32) {
    const SYSCALL: u8 = Code::Syscall as u8;
    const MEET: u8 = Code::Meet as u8;
    const ARRIVE: u8 = Code::Arrive as u8;
    const WAIT: u8 = Code::Wait as u8;
    const PROCESS: u8 = Code::Process as u8;
    const THREAD: u8 = Code::Thread as u8;
    const EXIT: u8 = Code::Exit as u8;
    const STORE: u8 = Code::Store as u8;
    const SET: u8 = Code::Set as u8;
    const COMPARE: u8 = Code::Compare as u8;
    const UNTIL: u8 = Code::Until as u8;
    const MOVE: u8 = Code::Move as u8;
    const EARLIER: u8 = Code::Earlier as u8;

    let Some(args) = value::resolve(here, op) else {
        return (EINVAL, at);
    };
    let result = match op.code {
        // SAFETY: the program's affair.
        SYSCALL => unsafe { by_wire(op.sys, args) },
        MEET => barrier::arrive(here, args[0]).map_or(EINVAL, |it| barrier::wait(here, it)),
        ARRIVE => barrier::arrive(here, args[0]).map_or(EINVAL, |_| 0),
        WAIT => barrier::find(here, args[0]).map_or(EINVAL, |it| barrier::wait(here, it)),
        PROCESS => spawn::process(here, &args),
        THREAD => spawn::thread(here, &args),
        EXIT => exit::exit(here, &args),
        STORE => store(&args),
        SET => args[0] as isize,
        COMPARE => compare(&args),
        UNTIL => return until(here, &args, at),
        MOVE => move_descriptor(&args),
        EARLIER => earlier(&args),
        _ => ENOSYS,
    };
    (result, at + 1)
}

fn store(args: &[u64; 6]) -> isize {
    let (address, value) = (args[0], args[1]);
    // SAFETY: the program's affair.
    unsafe {
        match args[2] {
            1 => (address as *mut u8).write_volatile(value as u8),
            2 => (address as *mut u16).write_unaligned(value as u16),
            4 => (address as *mut u32).write_unaligned(value as u32),
            8 => (address as *mut u64).write_unaligned(value),
            _ => return EINVAL,
        }
    }
    0
}

fn earlier(args: &[u64; 6]) -> isize {
    const SECOND: i64 = 1_000_000_000;
    let time = args[0] as *mut [i64; 2];
    // SAFETY: the program's affair.
    unsafe {
        let [seconds, rest] = time.read_unaligned();
        let then = seconds.wrapping_mul(SECOND).wrapping_add(rest);
        let then = then.wrapping_sub(args[1] as i64).max(1);
        time.write_unaligned([then / SECOND, then % SECOND]);
    }
    0
}

fn compare(args: &[u64; 6]) -> isize {
    for at in 0..args[2] {
        // SAFETY: the program's affair.
        let same = unsafe {
            ((args[0] + at) as *const u8).read_volatile() == ((args[1] + at) as *const u8).read_volatile()
        };
        if !same {
            return at as isize + 1;
        }
    }
    0
}

fn move_descriptor(args: &[u64; 6]) -> isize {
    const F_SETFD: u64 = 2;
    let [from, to, flags, ..] = *args;
    // SAFETY: no memory is touched.
    unsafe {
        if from == to {
            // FD_CLOEXEC is 1.
            let set = call(Sys::Fcntl, [to, F_SETFD, u64::from(flags != 0)]);
            return if set < 0 { set } else { to as isize };
        }
        let moved = call(Sys::Dup3, [from, to, flags]);
        if moved >= 0 {
            call(Sys::Close, [from]);
        }
        moved
    }
}

fn until(here: &Here, args: &[u64; 6], at: u32) -> (isize, u32) {
    let [back, value, wanted, bound, counter, _] = *args;
    if value == wanted {
        return (0, at + 1);
    }
    let count = here.slot(counter as u32);
    if count >= bound || back > u64::from(at) {
        return (ELOOP, at + 1);
    }
    here.set_slot(counter as u32, count + 1);
    (0, back as u32)
}
