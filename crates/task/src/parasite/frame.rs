// SPDX-License-Identifier: GPL-2.0-only
use crate::arch::{frame_size, frame_ucontext, write_frame};
use crate::{Captured, Result, TaskError};
use stasis_arena::{Arena, Builder};

/// Room in an arena for the frame that leads one thread home.
#[derive(Debug)]
pub(super) struct Frame {
    at: u64,
    strand: u32,
}

impl Frame {
    pub(super) fn reserve(builder: &mut Builder, state: &Captured) -> Self {
        let strand = builder.strand(0);
        let at = builder.alloc(usize::try_from(frame_size(&state.fpu)).unwrap_or(0), 64);
        builder.home(strand, at + frame_ucontext(&state.fpu));
        Self { at, strand }
    }

    pub(super) fn fill(&self, arena: &Arena, target_base: u64, state: &Captured) -> Result<()> {
        let home = state.registers.restarted();
        let (bytes, _) = write_frame(&home, state.blocked, &state.fpu, target_base + self.at);
        let object = || format!("the frame of strand {}", self.strand);
        arena.write(self.at, &bytes).map_err(|error| TaskError {
            object: object(),
            ..TaskError::from(error).during("write", 0)
        })
    }
}
