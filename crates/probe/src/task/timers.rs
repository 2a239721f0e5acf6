// SPDX-License-Identifier: GPL-2.0-only
use crate::feature::{Feature, Lack};
use crate::sys::calls;

/// `/proc/PID/timers` (3.10, `CONFIG_CHECKPOINT_RESTORE`).
pub fn posix_timers() -> Feature {
    let found = match std::fs::read("/proc/self/timers") {
        Ok(_) => Ok("lists timers".to_owned()),
        Err(error) => Err(Lack::missing(format!("/proc/PID/timers: {error}"))),
    };
    Feature::required(
        "/proc timers",
        "POSIX timers would be lost unseen: no dump",
        found,
    )
}

/// `PR_TIMER_CREATE_RESTORE_IDS` (6.15).
pub fn timer_restore_ids() -> Feature {
    let found = match calls::timer_restore_ids() {
        Ok(_) => Ok("ids of POSIX timers can be chosen".to_owned()),
        Err(errno) => Err(Lack::from_errno("PR_TIMER_CREATE_RESTORE_IDS", errno)),
    };
    let costs = "a timer with id N takes N creations: slow where ids are high, and refused beyond a million";
    Feature::optional("PR_TIMER_CREATE_RESTORE_IDS", costs, found)
}
