// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/timers` (`show_timer` in `fs/proc/base.c`; 3.10, `CONFIG_CHECKPOINT_RESTORE`).

use crate::error::Result;
use crate::scan::{Line, Lines};

const TEXT: &str = "/proc/PID/timers";

/// How a POSIX timer notifies (`sigev_notify`, without `SIGEV_THREAD_ID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// `SIGEV_SIGNAL`.
    Signal,
    /// `SIGEV_NONE`.
    None,
    /// `SIGEV_THREAD`: a signal, which the C library makes a thread of.
    Thread,
}

/// One POSIX timer. Its settings are not here: `timer_gettime` and `timer_getoverrun` must be called by the
/// task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PosixTimer {
    /// The kernel's id, which the task holds. Ids have gaps.
    pub id: i32,
    /// `sigev_signo`.
    pub signal: i32,
    /// `sigev_value`.
    pub value: u64,
    /// How it notifies.
    pub notify: Notify,
    /// Whether it signals one thread (`SIGEV_THREAD_ID`) rather than the process.
    pub to_thread: bool,
    /// The thread, or the process; 0 when that thread is gone.
    pub pid: i32,
    /// The clock as given to `timer_create`; negative values are clocks of a process or thread.
    pub clock: i32,
}

/// The timers of a process, in the kernel's order: the newest first.
///
/// # Errors
/// A timer of which a line is missing or not as the kernel prints it.
pub fn parse(text: &[u8]) -> Result<Vec<PosixTimer>> {
    let mut lines = Lines::new(TEXT, text);
    let mut timers = Vec::new();
    while let Some(line) = lines.next() {
        timers.push(timer(line, &mut lines)?);
    }
    Ok(timers)
}

fn timer<'a>(mut line: Line<'a>, lines: &mut Lines<'a>) -> Result<PosixTimer> {
    line.need(b"ID:", "ID: of a timer")?;
    let id = line.signed("the id of a timer")?;

    let mut line = lines
        .next()
        .ok_or_else(|| lines.missing("signal: of the timer"))?;
    line.need(b"signal:", "signal: of the timer")?;
    let signal = line.signed("the number of a signal")?;
    line.need(b"/", "a slash before the signal's value")?;
    let value = line.hex("the signal's value in hexadecimal")?;

    let mut line = lines
        .next()
        .ok_or_else(|| lines.missing("notify: of the timer"))?;
    line.need(b"notify:", "notify: of the timer")?;
    line.blanks();
    let before = line;
    let notify = match line.until(b'/') {
        b"signal" => Notify::Signal,
        b"none" => Notify::None,
        b"thread" => Notify::Thread,
        _ => return Err(before.error("signal, none or thread")),
    };
    let to_thread = line.skip(b"tid.");
    if !to_thread {
        line.need(b"pid.", "tid. or pid.")?;
    }
    let pid = line.signed("the pid to notify")?;

    let mut line = lines
        .next()
        .ok_or_else(|| lines.missing("ClockID: of the timer"))?;
    line.need(b"ClockID:", "ClockID: of the timer")?;
    let clock = line.signed("the number of a clock")?;
    Ok(PosixTimer {
        id,
        signal,
        value,
        notify,
        to_thread,
        pid,
        clock,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_notification() {
        let text = b"ID: 4\nsignal: 12/0000000000000007\nnotify: signal/pid.15589\nClockID: -6\n\
                     ID: 2\nsignal: 34/00000000deadbeef\nnotify: thread/tid.0\nClockID: 1\n\
                     ID: 0\nsignal: 0/0000000000000000\nnotify: none/pid.1\nClockID: 0\n";
        let timers = parse(text).unwrap();
        let first = PosixTimer {
            id: 4,
            signal: 12,
            value: 7,
            notify: Notify::Signal,
            to_thread: false,
            pid: 15589,
            clock: -6,
        };
        assert_eq!(timers[0], first);
        assert_eq!(
            (timers[1].notify, timers[1].to_thread, timers[1].pid),
            (Notify::Thread, true, 0)
        );
        assert_eq!((timers[1].value, timers[2].notify), (0xdead_beef, Notify::None));
        assert_eq!(parse(b""), Ok(vec![]));
    }

    #[test]
    fn a_timer_cut_short_is_an_error() {
        let error = parse(b"ID: 0\nsignal: 10/0\nnotify: signal/pid.1\n").unwrap_err();
        assert_eq!((error.line, error.expected), (4, "ClockID: of the timer"));
        let error = parse(b"ID: 0\nsignal: 10/0\nnotify: x/pid.1\nClockID: 0\n").unwrap_err();
        assert_eq!((error.line, error.found.as_str()), (3, "x/pid.1"));
    }
}
