// SPDX-License-Identifier: GPL-2.0-only
//! A strand as its own thread sees it.
//!
//! # Safety
//! The host has checked the tables of the arena when it installed the image (`crates/arena`),
//! so every offset and count in them is inside the mapping, which stays as long as a strand
//! runs. Fields that change while strands run are atomics.

use core::slice;
use core::sync::atomic::{AtomicU32, Ordering};

use stasis_abi::{Barrier, Board, State, Strand, global};

use crate::calls::futex_wake;

/// Where everything of one strand is.
pub struct Here {
    pub base: *mut u8,
    pub board: &'static Board,
    pub strand: &'static Strand,
    pub index: u32,
}

impl Here {
    pub fn slot(&self, index: u32) -> u64 {
        self.slot_at(index).map_or(0, |slot| {
            // SAFETY: inside the slot array, which only this thread writes.
            unsafe { slot.read() }
        })
    }

    pub fn set_slot(&self, index: u32, value: u64) {
        if let Some(slot) = self.slot_at(index) {
            // SAFETY: inside the slot array, which only this thread writes.
            unsafe { slot.write(value) };
        }
    }

    fn slot_at(&self, index: u32) -> Option<*mut u64> {
        // SAFETY: the offset stays inside the slot array, which is inside the arena.
        (index < self.strand.slots).then(|| unsafe {
            self.base
                .add(self.strand.slots_at as usize)
                .cast::<u64>()
                .add(index as usize)
        })
    }

    pub fn barriers(&self) -> &'static [Barrier] {
        // SAFETY: the table is inside the arena; what changes in it is atomic.
        unsafe {
            slice::from_raw_parts(
                self.base.add(self.board.barriers_at as usize).cast(),
                self.board.barriers as usize,
            )
        }
    }

    /// The strand with that index, if there is one.
    pub fn other(&self, index: u64) -> Option<&'static Strand> {
        // SAFETY: inside the strand table, which is inside the arena.
        (index < u64::from(self.board.strands)).then(|| unsafe {
            &*self
                .base
                .add(self.board.strands_at as usize)
                .cast::<Strand>()
                .add(index as usize)
        })
    }

    /// Publishes the state that the strand ends with, which is news if it is a failure or the last strand's.
    pub fn publish(&self, state: State) {
        self.strand.state.store(state as u32, Ordering::Release);
        let ended = self.board.globals[global::ENDED].fetch_add(1, Ordering::AcqRel) + 1;
        if state == State::Failed || ended >= u64::from(self.board.strands) {
            self.tell();
        }
    }

    /// There is news for the host.
    pub fn tell(&self) {
        let news: &AtomicU32 = &self.board.news;
        news.fetch_add(1, Ordering::Release);
        futex_wake(news);
    }
}
