// SPDX-License-Identifier: GPL-2.0-only
//! POSIX timers whose signal waits: how often they would have run out meanwhile (`struct k_itimer`,
//! `include/linux/posix-timers.h`). timer_getoverrun(2) tells that of a signal that was taken.

use super::{Kernel, Member};
use std::io;

/// `it_status` (6.12): the signal is sent, and the timer goes on when that is taken.
const REQUEUE_PENDING: u32 = 2;

const TIMERS: [Member; 5] = [
    ("task_struct", "signal"),
    ("signal_struct", "posix_timers"),
    ("k_itimer", "list"),
    ("k_itimer", "it_id"),
    ("k_itimer", "it_overrun"),
];
const STATUS: Member = ("k_itimer", "it_status");
/// Before: odd while the signal waits.
const REQUEUE: Member = ("k_itimer", "it_requeue_pending");

/// A timer of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// As timer_create(2) gave it out.
    pub id: i32,
    /// Whether its signal waits, and with it the timer, if it is periodic.
    pub pending: bool,
    /// Periods that were counted since: the one of the signal, and those missed. None before somebody has asked for the
    /// time left.
    pub periods: i64,
}

/// The timers of a stopped process. To be asked after timer_gettime(2), which counts.
///
/// # Errors
/// No rights, or a kernel without BPF or its type information.
pub fn waiting(pid: i32) -> io::Result<Vec<Waiting>> {
    let (kernel, (structure, member)) = match Kernel::open(&[&TIMERS[..], &[STATUS]].concat()) {
        Ok(kernel) => (kernel, STATUS),
        Err(_) => (Kernel::open(&[&TIMERS[..], &[REQUEUE]].concat())?, REQUEUE),
    };
    let signal = kernel.follow(kernel.task(pid)?, "task_struct", "signal")?;
    let head = kernel.at(signal, "signal_struct", "posix_timers")?;
    let link = kernel.at(0, "k_itimer", "list")?;
    let one = |at: u64| {
        let timer = at - link;
        let state = kernel.int(timer, structure, member)?;
        Ok(Waiting {
            id: kernel.int(timer, "k_itimer", "it_id")?.cast_signed(),
            pending: if member == STATUS.1 {
                state == REQUEUE_PENDING
            } else {
                state & 1 != 0
            },
            // It starts at -1.
            periods: kernel.follow(timer, "k_itimer", "it_overrun")?.cast_signed() + 1,
        })
    };
    kernel.list(head)?.into_iter().map(one).collect()
}
