// SPDX-License-Identifier: GPL-2.0-only
//! Meeting points.

use core::sync::atomic::Ordering;

use stasis_abi::{Barrier, State};

use crate::calls::{futex_wait, futex_wake};
use crate::gate::{self, LOOK_AGAIN};
use crate::here::Here;

pub fn find(here: &Here, index: u64) -> Option<&'static Barrier> {
    here.barriers().get(usize::try_from(index).ok()?)
}

/// Arrives at the barrier with that index and wakes the others, and the host, when that opens it.
pub fn arrive(here: &Here, index: u64) -> Option<&'static Barrier> {
    let barrier = find(here, index)?;
    if barrier.arrived.fetch_add(1, Ordering::AcqRel) + 1 >= barrier.expected {
        futex_wake(&barrier.arrived);
        here.tell();
    }
    Some(barrier)
}

/// Sleeps until the barrier is open. Leaves the program when another strand failed; goes the
/// orphans' way when the host died.
pub fn wait(here: &Here, barrier: &Barrier) -> isize {
    loop {
        let arrived = barrier.arrived.load(Ordering::Acquire);
        if arrived >= barrier.expected {
            return 0;
        }
        if here.board.abort.load(Ordering::Acquire) != 0 {
            here.leave(State::Aborted);
        }
        if gate::is_orphan(here) {
            gate::wait(here);
        }
        futex_wait(&barrier.arrived, arrived, Some(&LOOK_AGAIN));
    }
}
