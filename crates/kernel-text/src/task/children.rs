// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/task/TID/children` (`children_seq_show` in `fs/proc/array.c`; 3.5, `CONFIG_PROC_CHILDREN`).

use crate::error::Result;
use crate::scan::Line;

/// The children this thread has forked, oldest first. Complete only while the thread and they are stopped:
/// the kernel may miss some when one exits during the read.
///
/// # Errors
/// Anything that is no list of decimal pids.
pub fn parse(text: &[u8]) -> Result<Vec<i32>> {
    let mut line = Line::whole("/proc/PID/task/TID/children", text);
    let mut pids = Vec::new();
    line.blanks();
    while !line.is_empty() {
        pids.push(line.dec("the pid of a child")?);
        line.blanks();
    }
    Ok(pids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pids_with_a_trailing_space() {
        assert_eq!(parse(b"15630 15631 7 "), Ok(vec![15630, 15631, 7]));
        assert_eq!(parse(b""), Ok(vec![]));
        assert!(parse(b"1 x").is_err());
        assert!(parse(b"4294967296 ").is_err());
    }
}
