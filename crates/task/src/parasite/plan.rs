// SPDX-License-Identifier: GPL-2.0-only
use super::frame::Frame;
use super::mapping;
use crate::{Captured, Memory, Process, Result, TaskError};
use stasis_abi::ORPHAN_GOES_HOME;
use stasis_arena::{Builder, Image};
use std::ops::Range;

/// Everything about a visit that can be prepared without touching the process.
#[derive(Debug)]
pub struct Plan {
    /// Where the vdso is mapped.
    pub vdso: Range<u64>,
    /// What the threads are put back to, in the order of `process.threads`.
    pub states: Vec<Captured>,
    pub(super) memory: Memory,
    pub(super) image: Image,
    pub(super) frames: Vec<Frame>,
    /// Slot of the main thread: whether the arena came locked.
    pub(super) locked: u16,
}

impl Plan {
    /// Captures the threads of a stopped process; `build` fills the strands, strand `i` for thread `i`.
    pub fn new(process: &Process, vdso: Range<u64>, build: impl FnOnce(&mut Builder)) -> Result<Self> {
        let pid = process.pid;
        let memory = Memory::open(pid)?;
        let states = process
            .threads
            .iter()
            .map(|thread| thread.capture(&memory))
            .collect::<Result<Vec<_>>>()?;
        let mut builder = Builder::new(ORPHAN_GOES_HOME);
        let frames = states
            .iter()
            .map(|state| Frame::reserve(&mut builder, state))
            .collect();
        build(&mut builder);
        let locked = mapping::ask_locked(&mut builder);
        let image = builder
            .finish()
            .map_err(|error| TaskError::from(error).during("write the parasite", pid))?;
        Ok(Self {
            vdso,
            states,
            memory,
            image,
            frames,
            locked,
        })
    }
}
