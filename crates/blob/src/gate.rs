// SPDX-License-Identifier: GPL-2.0-only
//! The gate: where a strand waits until the host takes its thread over, lets it go, or dies.
//!
//! # Safety
//! `home` is a frame that the host prepared before it started the strand.

use core::sync::atomic::Ordering;

use stasis_abi::ORPHAN_DIES;

use crate::arch::entry::sigreturn;
use crate::barrier::LOOK_AGAIN;
use crate::calls::{die, futex_wait, futex_wake};
use crate::strand::Here;

/// Set by the kernel in a robust futex whose owner died (`include/uapi/linux/futex.h`).
const FUTEX_OWNER_DIED: u32 = 0x4000_0000;

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
