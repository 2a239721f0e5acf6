// SPDX-License-Identifier: GPL-2.0-only
//! The range of addresses that interpreter, arena and parking space keep while everything else of the
//! process is replaced.
//!
//! # Safety
//! Mappings over others go into the range that [`Hole::find`] reserved.

use crate::system::{
    Failure, MAP_ANONYMOUS, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_NORESERVE, MAP_PRIVATE, PROT_NONE, PROT_RX,
    map, map_arena, unmap,
};

const EEXIST: i32 = 17;

pub struct Hole {
    pub start: u64,
}

impl Hole {
    /// Reserves the first candidate with `size` free bytes.
    pub fn find(candidates: &[u64], size: u64) -> Result<Self, Failure> {
        let mut last = Failure { errno: EEXIST };
        for &start in candidates.iter().take_while(|start| **start != 0) {
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
            // SAFETY: never replaces a mapping.
            match unsafe { map(start, size, PROT_NONE, flags, u64::MAX, 0) } {
                Ok(at) if at == start => return Ok(Self { start }),
                Ok(at) => unmap(at, size),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    /// Maps the object: interpreter pages executable, then the arena. What is reserved behind it is the parking
    /// space. Gives the arena's address.
    pub fn fill(&self, object: u64, blob_size: u64, size: u64) -> Result<u64, Failure> {
        // SAFETY: over reserved pages.
        unsafe { map(self.start, blob_size, PROT_RX, MAP_PRIVATE | MAP_FIXED, object, 0)? };
        map_arena(self.start + blob_size, object, blob_size, size - blob_size)
    }
}
