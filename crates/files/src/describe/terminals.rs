// SPDX-License-Identifier: GPL-2.0-only
use std::collections::HashMap;
use std::os::fd::OwnedFd;

/// Pairs by devpts instance and index.
#[derive(Default)]
pub(crate) struct Terminals {
    pub(crate) pairs: HashMap<(u64, u32), Pair>,
}

#[derive(Default)]
pub(crate) struct Pair {
    pub(crate) masters: Vec<u32>,
    pub(crate) slaves: Vec<u32>,
    /// Unread bytes at the master (written by the slave) and at the slave (typed by the master), as system
    /// calls count them.
    pub(crate) output: i32,
    pub(crate) input: i32,
    /// A duplicate of the master.
    pub(crate) master: Option<OwnedFd>,
}
