// SPDX-License-Identifier: GPL-2.0-only
//! The gate: where a strand waits until the host takes its thread over, lets it go, or dies.
//!
//! # Safety
//! `home` is a frame that the host prepared before it started the strand.

use core::sync::atomic::Ordering;

use stasis_abi::{ORPHAN_DIES, State};

use crate::arch::entry::sigreturn;
use crate::calls::{die, futex_wait, futex_wake};
use crate::here::Here;

/// Set by the kernel in a robust futex whose owner died (`include/uapi/linux/futex.h`).
const FUTEX_OWNER_DIED: u32 = 0x4000_0000;

/// How long a waiter sleeps before it looks at the gate again: the kernel's word of a dead host
/// goes to the gate only. Seconds, nanoseconds.
pub const LOOK_AGAIN: [i64; 2] = [0, 250_000_000];

/// Whether the host is dead.
pub fn is_orphan(here: &Here) -> bool {
    here.board.gate.load(Ordering::Acquire) & FUTEX_OWNER_DIED != 0
}

/// Waits; then goes home, or ends the process where it has no home.
pub fn wait(here: &Here) -> ! {
    let gate = &here.board.gate;
    loop {
        let value = gate.load(Ordering::Acquire);
        if value == 0 {
            go_home(here);
        }
        if value & FUTEX_OWNER_DIED != 0 {
            // The kernel wakes one waiter only; it passes the news on.
            futex_wake(gate);
            if here.board.orphan == ORPHAN_DIES {
                die();
            }
            go_home(here);
        }
        // In a restore the one that the kernel wakes may be dying already, killed with the host that traced it, and pass
        // nothing on. In a dump nobody dies with the host, and a timeout would cost the task its restart block.
        let again = (here.board.orphan == ORPHAN_DIES).then_some(&LOOK_AGAIN);
        futex_wait(gate, value, again);
    }
}

fn go_home(here: &Here) -> ! {
    if here.strand.home == 0 {
        die();
    }
    // SAFETY: see the head of this file.
    unsafe { sigreturn(here.base.add(here.strand.home as usize)) }
}

impl Here {
    /// Publishes the last state and waits for the host.
    pub fn leave(&self, state: State) -> ! {
        self.publish(state);
        wait(self)
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
