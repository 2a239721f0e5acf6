// SPDX-License-Identifier: GPL-2.0-only
use super::pipe_copy::Scratch;
use std::collections::HashMap;

/// The pipes met so far, and a pipe of our own to copy through.
#[derive(Default)]
pub(crate) struct Pipes {
    pub(super) known: HashMap<(u64, u64), Known>,
    pub(super) scratch: Option<Scratch>,
}

/// Both ends of one pipe, as far as the tree holds them.
pub(crate) struct Known {
    pub(super) id: u32,
    pub(super) copied: bool,
    pub(crate) anonymous: bool,
    /// Bytes, asked at a writing end.
    pub(crate) unread: usize,
    pub(crate) readers: Vec<u32>,
    pub(crate) writers: Vec<u32>,
    /// No task at all holds the other end: seen at an end where that shows (pipe_poll).
    pub(crate) no_writer: bool,
    pub(crate) no_reader: bool,
}

impl Pipes {
    /// In the order they were met.
    pub(crate) fn take(&mut self) -> Vec<Known> {
        let mut pipes: Vec<Known> = self.known.drain().map(|(_, pipe)| pipe).collect();
        pipes.sort_unstable_by_key(|pipe| pipe.id);
        pipes
    }
}
