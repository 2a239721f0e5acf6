// SPDX-License-Identifier: GPL-2.0-only
use super::{diag, multicast, queue};
use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;

/// What a socket is made of: family, type, protocol.
pub(super) type Make = (i32, i32, i32);

/// What is learnt once for all sockets.
#[derive(Default)]
pub(crate) struct Sockets {
    /// Unix sockets of the tree by inode.
    pub(super) unix: HashMap<u32, u32>,
    pub(super) unix_diag: Option<HashMap<u32, diag::Unix>>,
    /// Shutdown bits of the UDP sockets that have a port, by inode.
    pub(super) udp_shutdown: Option<HashMap<u32, u8>>,
    /// TCP listeners with keys for signatures, by inode.
    pub(super) signing_listeners: Option<HashSet<u32>>,
    /// Multicast groups that anyone on this machine has joined.
    pub(super) groups: Option<Vec<multicast::Group>>,
    pub(super) own_netns: Option<u64>,
    pub(super) queues: queue::Reader,
    /// New sockets, to compare with.
    pub(super) fresh: HashMap<Make, Option<OwnedFd>>,
}
