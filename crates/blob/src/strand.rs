// SPDX-License-Identifier: GPL-2.0-only
//! A strand as its own thread sees it, and its main loop.
//!
//! # Safety
//! The host has checked the tables of the arena when it installed the image (`crates/arena`),
//! so every offset and count in them is inside the mapping, which stays as long as a strand
//! runs. Fields that change while strands run are atomics.

use core::slice;
use core::sync::atomic::{AtomicU32, Ordering};

use stasis_abi::{Barrier, Board, MAGIC, NO_SLOT, ORPHAN_DIES, Op, State, Strand, VERSION, global};

use crate::calls::{die, futex_wake};
use crate::{gate, ops, value};

/// Where everything of one strand is.
pub struct Here {
    pub base: *mut u8,
    pub board: &'static Board,
    pub strand: &'static Strand,
    pub index: u32,
}

/// Runs the strand `index` of the arena at `base`, on the strand's own stack. Never returns.
///
/// # Safety
/// `base` must be a mapped arena whose tables have been checked, and this the only thread that
/// runs this strand.
pub unsafe extern "C" fn run(base: *mut u8, index: u32) -> ! {
    // SAFETY: an arena begins with its board.
    let board: &'static Board = unsafe { &*base.cast() };
    if board.magic != MAGIC || board.version != VERSION || index >= board.strands {
        die();
    }
    // SAFETY: the table is inside the arena and `index` inside the table.
    let strand: &'static Strand = unsafe {
        &*base
            .add(board.strands_at as usize)
            .cast::<Strand>()
            .add(index as usize)
    };
    let here = Here {
        base,
        board,
        strand,
        index,
    };
    strand.state.store(State::Running as u32, Ordering::Relaxed);
    let mut at = 0;
    while at < strand.ops {
        strand.at.store(at, Ordering::Relaxed);
        if board.abort.load(Ordering::Relaxed) != 0 {
            here.leave(State::Aborted);
        }
        // SAFETY: the program is inside the arena and `at` inside the program.
        let op: &Op = unsafe { &*base.add(strand.ops_at as usize).cast::<Op>().add(at as usize) };
        let (result, next) = ops::execute(&here, op, at);
        if op.save != NO_SLOT {
            here.set_slot(u32::from(op.save), result as u64);
        }
        if !value::expected(op, result) {
            here.fail(result);
        }
        at = next;
    }
    strand.at.store(at, Ordering::Relaxed);
    here.leave(State::Parked)
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

    /// Publishes the last state and waits for the host.
    pub fn leave(&self, state: State) -> ! {
        self.publish(state);
        gate::wait(self)
    }

    /// The operation at `strand.at` had an unexpected result. In a restore nothing can go on without it, so
    /// everyone is told to stop; in a dump the other threads' answers are still of use.
    pub fn fail(&self, result: isize) -> ! {
        self.strand.result.store(result as i32, Ordering::Relaxed);
        if self.board.orphan == ORPHAN_DIES {
            let _ =
                self.board
                    .abort
                    .compare_exchange(0, self.index + 1, Ordering::Release, Ordering::Relaxed);
            for barrier in self.barriers() {
                futex_wake(&barrier.arrived);
            }
        }
        self.leave(State::Failed)
    }
}
