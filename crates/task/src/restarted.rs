// SPDX-License-Identifier: GPL-2.0-only
//! Which call a thread is in that sleeps in `restart_syscall(2)`.
//!
//! When a stop interrupts a sleep, the kernel has the thread call `restart_syscall`, which goes on with what the kernel
//! remembers; a second stop finds no more than that in its registers. What is remembered does not go into an image, so the
//! original call has to be made again. Its number is gone, but its arguments are still there, and only four calls restart
//! like that (users of `set_restart_fn`, Linux 6.18).
use crate::arch::{CODE_BEFORE_CALL, POLL, Registers, number_in};
use crate::sleep::{futex_waits, time};
use crate::{Memory, RemoteAddress};

const MOST_POLLED: u64 = 1 << 20;
const POLLFD_SIZE: u64 = 8;
/// Dynamic clocks and those of processes have negative ids.
const CLOCKS: u64 = 16;

/// The number of the call: as the code in front of it says or, where that has it from elsewhere, the one whose arguments
/// these are; `None` where they fit none. Those that must point to a time come first, as hardly anything else does so by
/// chance.
pub(crate) fn original(registers: &Registers, memory: &Memory) -> Option<i64> {
    let args = registers.arguments();
    type Fits = fn(&[u64; 6], &Memory) -> bool;
    let calls: [(i64, Fits); 4] = [
        (libc::SYS_futex, is_futex),
        (libc::SYS_clock_nanosleep, is_clock_nanosleep),
        (libc::SYS_nanosleep, is_nanosleep),
        (POLL, is_poll),
    ];
    let mut code = [0; CODE_BEFORE_CALL];
    let at = registers.behind_call().wrapping_sub(code.len() as u64);
    let said = memory
        .read(RemoteAddress(at), &mut code)
        .ok()
        .and_then(|()| number_in(&code));
    if let Some((number, _)) = calls.into_iter().find(|(number, _)| said == Some(*number)) {
        return Some(number);
    }
    calls
        .into_iter()
        // A call that this architecture does not have is none.
        .find_map(|(number, fits)| (number >= 0 && fits(&args, memory)).then_some(number))
}

fn is_futex([word, operation, _, timeout, ..]: &[u64; 6], memory: &Memory) -> bool {
    futex_waits(*operation)
        && word.is_multiple_of(4)
        && readable(memory, *word, 4)
        && is_time(memory, *timeout)
}

/// Absolute sleeps are restarted as they are.
fn is_clock_nanosleep([clock, flags, request, rest, ..]: &[u64; 6], memory: &Memory) -> bool {
    let known = clock >> 32 == 0 && (*clock < CLOCKS || (*clock as i32) < 0);
    known && *flags == 0 && is_time(memory, *request) && is_place(memory, *rest)
}

fn is_nanosleep([request, rest, ..]: &[u64; 6], memory: &Memory) -> bool {
    is_time(memory, *request) && is_place(memory, *rest)
}

fn is_poll([fds, count, timeout, ..]: &[u64; 6], memory: &Memory) -> bool {
    let listed = if *count == 0 {
        *fds == 0
    } else {
        *count <= MOST_POLLED && readable(memory, *fds, count * POLLFD_SIZE)
    };
    // An int: its upper half is its sign, or nothing.
    listed && matches!(timeout >> 32, 0 | 0xffff_ffff)
}

/// A `struct timespec` that somebody sleeps for.
fn is_time(memory: &Memory, at: u64) -> bool {
    time(memory, at).is_some()
}

/// Where the rest of a sleep goes, or nowhere.
fn is_place(memory: &Memory, at: u64) -> bool {
    at == 0 || readable(memory, at, 16)
}

fn readable(memory: &Memory, at: u64, bytes: u64) -> bool {
    let ends = [at, at.wrapping_add(bytes - 1)];
    ends.into_iter()
        .all(|at| memory.read(RemoteAddress(at), &mut [0]).is_ok())
}
