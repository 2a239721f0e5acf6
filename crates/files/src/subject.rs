// SPDX-License-Identifier: GPL-2.0-only
/// A task of the tree.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Thread group id.
    pub pid: i32,
    /// For refusals.
    pub comm: &'a str,
    /// All its threads, the leader with them or not; empty for a zombie, which has no descriptors any more.
    pub tids: &'a [i32],
}

/// How far to look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether the unread contents of pipes and sockets are copied. Without, they are only counted.
    pub contents: bool,
    /// Among them messages, of which the kernel lets not all be looked at twice (empty datagrams).
    pub messages: bool,
}
