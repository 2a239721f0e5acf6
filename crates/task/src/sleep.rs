// SPDX-License-Identifier: GPL-2.0-only
//! Arguments of system calls that sleep.
use crate::{Memory, RemoteAddress};

const WAITS: [u64; 2] = [libc::FUTEX_WAIT as u64, libc::FUTEX_WAIT_BITSET as u64];
const FUTEX_FLAGS: u64 = (libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME) as u64;
const LONGEST: i64 = 1 << 40;

/// Whether a futex operation waits.
pub(crate) fn futex_waits(operation: u64) -> bool {
    WAITS.contains(&(operation & !FUTEX_FLAGS))
}

/// Seconds and nanoseconds of a `struct timespec` that somebody sleeps for.
pub(crate) fn time(memory: &Memory, at: u64) -> Option<(i64, i64)> {
    let word = |at: u64| memory.read_u64(RemoteAddress(at)).ok().map(u64::cast_signed);
    let (seconds, nanoseconds) = (word(at)?, word(at.wrapping_add(8))?);
    let some = seconds != 0 || nanoseconds != 0;
    let sound = (0..LONGEST).contains(&seconds) && (0..1_000_000_000).contains(&nanoseconds);
    (some && sound).then_some((seconds, nanoseconds))
}
