// SPDX-License-Identifier: GPL-2.0-only
//! The main loop of a strand.
//!
//! # Safety
//! The host has checked the tables of the arena when it installed the image (`crates/arena`),
//! so every offset and count in them is inside the mapping, which stays as long as a strand
//! runs. Fields that change while strands run are atomics.

use core::sync::atomic::Ordering;

use stasis_abi::{Board, MAGIC, NO_SLOT, Op, State, Strand, VERSION};

use crate::calls::die;
use crate::here::Here;
use crate::{ops, value};

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
