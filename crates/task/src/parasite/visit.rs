// SPDX-License-Identifier: GPL-2.0-only
use stasis_arena::Arena;

/// What a visit to a process brought home.
#[derive(Debug)]
pub struct Visit {
    /// The arena with the programs' results.
    pub arena: Arena,
    /// How the process wants mappings to come locked, as `mlockall(2)` takes it: `MCL_FUTURE`, `MCL_ONFAULT`.
    /// Only a new mapping tells, and the arena is one.
    pub mlock_future: u32,
}
