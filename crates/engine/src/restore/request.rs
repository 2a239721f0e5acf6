// SPDX-License-Identifier: GPL-2.0-only
//! What is asked of a restore, and what becomes of the tree.

/// How a tree is to be started.
#[derive(Debug, Clone)]
pub struct Start {
    /// Pid of strand 0, which the seed runs.
    pub seed: i32,
    /// Pid of the tree's root; another one where strand 0 stands in for the root's dead session leader.
    pub root: i32,
    /// Both are 1, in a PID namespace that is made for the tree.
    pub pid_namespace: bool,
    /// The root becomes a child of init (or the nearest subreaper) instead of this process.
    pub detached: bool,
    /// Candidate addresses for the hole, best first.
    pub candidates: Vec<u64>,
    /// Bytes behind the arena for the vdso and vvar mappings.
    pub parking: u64,
}

/// How the root ended: exactly one of the two is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    pub code: Option<i32>,
    pub signal: Option<i32>,
}
