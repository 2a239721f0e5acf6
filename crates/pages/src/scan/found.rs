// SPDX-License-Identifier: GPL-2.0-only
use crate::error::task_name;
use crate::range::{Run, Span};

/// What [`scan`](super::scan) found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// Pages to store, ascending. Runs do not reach across the ranges asked for.
    pub runs: Vec<Run>,
    /// Guard pages (`MADV_GUARD_INSTALL`) where the kernel tells them (6.15); they have no content and cannot be read.
    pub guards: Vec<Span>,
    /// Sum over `runs`.
    pub pages: u64,
}

pub(super) fn object(pid: i32) -> String {
    format!("page map of {}", task_name(pid))
}
