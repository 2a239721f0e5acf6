// SPDX-License-Identifier: GPL-2.0-only
//! `pidfd_show_fdinfo` in `fs/pidfs.c` (in `kernel/fork.c` before 6.9).

use crate::error::Result;
use crate::scan::Line;

/// A pidfd.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pidfd {
    /// The process by the reader's PID namespace: -1 when it has been reaped, 0 when it is out of sight.
    pub pid: i32,
    /// Its pids by each PID namespace, the reader's first (5.5).
    pub ns_pids: Vec<i32>,
}

pub(super) fn read(pidfd: &mut Pidfd, mut line: Line<'_>) -> Result<bool> {
    if line.skip(b"Pid:") {
        pidfd.pid = line.signed("a pid")?;
    } else if line.skip(b"NSpid:") {
        line.blanks();
        while !line.is_empty() {
            pidfd.ns_pids.push(line.signed("a pid")?);
            line.blanks();
        }
    } else {
        return Ok(false);
    }
    Ok(true)
}
