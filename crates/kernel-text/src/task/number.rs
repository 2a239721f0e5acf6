// SPDX-License-Identifier: GPL-2.0-only
//! The files of one number: `oom_score_adj`, `personality`, `timerslack_ns`, `loginuid`, `coredump_filter`.

use crate::error::Result;
use crate::scan::Line;

/// A text that is one decimal: `/proc/PID/oom_score_adj` (-1000 to 1000), `/proc/PID/timerslack_ns`
/// (nanoseconds, 4.6), `/proc/PID/loginuid` (4294967295 when unset).
///
/// # Errors
/// Names `text`, the kernel's name of it.
pub fn decimal(text: &'static str, bytes: &[u8]) -> Result<i64> {
    let mut line = Line::whole(text, bytes);
    let value = line.signed("a decimal number")?;
    if line.is_empty() {
        Ok(value)
    } else {
        Err(line.error("the end of the number"))
    }
}

/// A text that is one hexadecimal without prefix: `/proc/PID/personality`, `/proc/PID/coredump_filter`.
///
/// # Errors
/// Names `text`, the kernel's name of it.
pub fn hexadecimal(text: &'static str, bytes: &[u8]) -> Result<u32> {
    let mut line = Line::whole(text, bytes);
    let value = line.hex("a hexadecimal number of 32 bits")?;
    if line.is_empty() {
        Ok(value)
    } else {
        Err(line.error("the end of the number"))
    }
}

/// `/proc/PID/autogroup` (sched(7)): `/autogroup-25 nice 0`; `None` for the empty text of a task that is in none.
///
/// # Errors
/// Names the text.
pub fn autogroup_nice(bytes: &[u8]) -> Result<Option<i64>> {
    let line = Line::whole("/proc/PID/autogroup", bytes);
    if line.is_empty() {
        return Ok(None);
    }
    match bytes.iter().rposition(|&byte| byte == b' ') {
        Some(space) => decimal("/proc/PID/autogroup", &bytes[space + 1..]).map(Some),
        None => Err(line.error("a niceness")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_nothing_else() {
        assert_eq!(decimal("/proc/PID/oom_score_adj", b"-1000\n"), Ok(-1000));
        assert_eq!(decimal("/proc/PID/loginuid", b"4294967295"), Ok(4294967295));
        assert_eq!(hexadecimal("/proc/PID/personality", b"00040000\n"), Ok(0x40000));
        assert!(hexadecimal("/proc/PID/personality", b"100000000\n").is_err());
        assert_eq!(autogroup_nice(b"/autogroup-25 nice -5\n"), Ok(Some(-5)));
        assert_eq!(autogroup_nice(b""), Ok(None));
        assert!(autogroup_nice(b"/autogroup-25\n").is_err());
        assert!(autogroup_nice(b"/autogroup-25 nice x\n").is_err());
        let error = decimal("/proc/PID/oom_score_adj", b"12 x\n").unwrap_err();
        assert_eq!(
            (error.text, error.found.as_str()),
            ("/proc/PID/oom_score_adj", " x")
        );
    }
}
