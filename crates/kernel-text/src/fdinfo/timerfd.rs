// SPDX-License-Identifier: GPL-2.0-only
//! `timerfd_show` in `fs/timerfd.c`.

use crate::error::Result;
use crate::scan::Line;
use std::time::Duration;

/// A timerfd.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timerfd {
    /// `CLOCK_*`.
    pub clock: i32,
    /// Expirations not read yet.
    pub ticks: u64,
    /// The flags of `timerfd_settime`: 1 `TFD_TIMER_ABSTIME`, 2 `TFD_TIMER_CANCEL_ON_SET`.
    pub settime_flags: u32,
    /// Time left when the text was printed, also of an absolute timer; zero when disarmed or, if it has an
    /// interval or ticks, expired just now.
    pub value: Duration,
    /// The interval; zero for a timer of one shot.
    pub interval: Duration,
}

pub(super) fn read(timerfd: &mut Timerfd, mut line: Line<'_>) -> Result<bool> {
    if line.skip(b"clockid:") {
        timerfd.clock = line.signed("the number of a clock")?;
    } else if line.skip(b"ticks:") {
        timerfd.ticks = line.dec("the number of expirations")?;
    } else if line.skip(b"settime flags:") {
        timerfd.settime_flags = line.oct("flags in octal")?;
    } else if line.skip(b"it_value:") {
        timerfd.value = duration(line)?;
    } else if line.skip(b"it_interval:") {
        timerfd.interval = duration(line)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// `(seconds, nanoseconds)`.
fn duration(mut line: Line<'_>) -> Result<Duration> {
    line.blanks();
    line.need(b"(", "(seconds, nanoseconds)")?;
    let seconds = line.dec("(seconds, nanoseconds)")?;
    line.need(b",", "(seconds, nanoseconds)")?;
    let nanoseconds: u32 = line.dec("(seconds, nanoseconds)")?;
    if nanoseconds >= 1_000_000_000 {
        return Err(line.error("less than a second of nanoseconds"));
    }
    Ok(Duration::new(seconds, nanoseconds))
}
