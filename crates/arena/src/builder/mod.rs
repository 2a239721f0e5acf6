// SPDX-License-Identifier: GPL-2.0-only
//! Programs written down and laid out. `src/program` does the same in TypeScript, byte for byte; the layout
//! is described at the head of `stasis_abi`.

mod step;

use std::mem::{offset_of, size_of};

use stasis_abi::{Barrier, Board, DATA_AT, MAGIC, NO_SLOT, Op, STACK_SIZE, STACKS_ALIGN, Strand, VERSION};

use crate::error::Error;
use crate::image::Image;
pub use step::{Step, Value};

/// Makes an [`Image`]: data, barriers, and a program for each strand.
#[derive(Debug)]
pub struct Builder {
    /// Everything from the arena's base on: a board's worth of zeros, then the data.
    bytes: Vec<u8>,
    strands: Vec<Plan>,
    barriers: Vec<u32>,
    orphan: u32,
    stack_size: u64,
}

#[derive(Debug, Default)]
struct Plan {
    tid: i32,
    home: u64,
    slots: u16,
    steps: Vec<Step>,
}

impl Builder {
    /// An empty arena with that policy for when the host dies: `ORPHAN_GOES_HOME` or `ORPHAN_DIES`.
    #[must_use]
    pub fn new(orphan: u32) -> Self {
        let bytes = vec![0; DATA_AT as usize];
        Self {
            bytes,
            strands: Vec::new(),
            barriers: Vec::new(),
            orphan,
            stack_size: STACK_SIZE,
        }
    }

    /// Other stacks than [`STACK_SIZE`]; a multiple of 16.
    pub fn set_stack_size(&mut self, bytes: u64) {
        self.stack_size = bytes;
    }

    /// Room for `size` bytes, zeroed, at an offset that is a multiple of `align` (from the arena's base, which is
    /// page-aligned). Gives the offset.
    pub fn alloc(&mut self, size: usize, align: usize) -> u64 {
        let at = self.bytes.len().next_multiple_of(align);
        self.bytes.resize(at + size, 0);
        at as u64
    }

    /// The same with content.
    pub fn data(&mut self, bytes: &[u8], align: usize) -> u64 {
        let at = self.alloc(bytes.len(), align);
        self.bytes[at as usize..].copy_from_slice(bytes);
        at
    }

    /// A path or name with its terminating zero.
    pub fn text(&mut self, text: &[u8]) -> u64 {
        let at = self.data(text, 1);
        self.bytes.push(0);
        at
    }

    /// A barrier that opens when so many have arrived. Gives its index.
    pub fn barrier(&mut self, expected: u32) -> u32 {
        self.barriers.push(expected);
        self.barriers.len() as u32 - 1
    }

    /// A strand, whose thread gets the id `tid` when another strand creates it (0: any). Gives its index.
    pub fn strand(&mut self, tid: i32) -> u32 {
        self.strands.push(Plan {
            tid,
            ..Plan::default()
        });
        self.strands.len() as u32 - 1
    }

    /// Offset of the frame that leads the strand's thread home (see `Strand::home`).
    pub fn home(&mut self, strand: u32, frame: u64) {
        self.strands[strand as usize].home = frame;
    }

    /// A result slot of the strand. Gives its index.
    pub fn slot(&mut self, strand: u32) -> u16 {
        let plan = &mut self.strands[strand as usize];
        assert!(plan.slots < NO_SLOT, "a strand has fewer than {NO_SLOT} slots");
        plan.slots += 1;
        plan.slots - 1
    }

    /// Adds a question: an operation whose result, an errno or not, is the answer. Gives the slot that it is saved in.
    pub fn ask(&mut self, strand: u32, step: Step) -> u16 {
        let slot = self.slot(strand);
        self.push(strand, step.any().save(slot));
        slot
    }

    /// Adds an operation to the strand's program. Gives its index.
    pub fn push(&mut self, strand: u32, step: Step) -> u32 {
        let steps = &mut self.strands[strand as usize].steps;
        steps.push(step);
        steps.len() as u32 - 1
    }

    /// Lays everything out.
    ///
    /// # Errors
    /// There is no strand, or the arena is absurdly large.
    pub fn finish(mut self) -> Result<Image, Error> {
        let strands_at = self.alloc(size_of::<Strand>() * self.strands.len(), 64);
        let barriers_at = self.alloc(size_of::<Barrier>() * self.barriers.len(), 8);
        for (index, expected) in self.barriers.iter().enumerate() {
            let at = barriers_at as usize + index * size_of::<Barrier>() + offset_of!(Barrier, expected);
            self.bytes[at..at + 4].copy_from_slice(&expected.to_le_bytes());
        }
        let plans = std::mem::take(&mut self.strands);
        let mut at: Vec<(u64, u64)> = Vec::with_capacity(plans.len());
        for plan in &plans {
            at.push((self.bytes.len() as u64, 0));
            self.bytes.reserve(plan.steps.len() * size_of::<Op>());
            plan.steps.iter().for_each(|step| step.write(&mut self.bytes));
        }
        for (plan, (_, slots_at)) in plans.iter().zip(&mut at) {
            *slots_at = self.alloc(8 * usize::from(plan.slots), 8);
        }
        let stacks_at = (self.bytes.len() as u64).next_multiple_of(STACKS_ALIGN);
        for (index, (plan, (ops_at, slots_at))) in plans.iter().zip(at).enumerate() {
            let strand = strands_at as usize + index * size_of::<Strand>();
            self.put(strand + offset_of!(Strand, tid), &plan.tid.to_le_bytes());
            self.put(strand + offset_of!(Strand, ops_at), &ops_at.to_le_bytes());
            self.put(
                strand + offset_of!(Strand, ops),
                &(plan.steps.len() as u32).to_le_bytes(),
            );
            self.put(
                strand + offset_of!(Strand, slots),
                &u32::from(plan.slots).to_le_bytes(),
            );
            self.put(strand + offset_of!(Strand, slots_at), &slots_at.to_le_bytes());
            let stack_top = stacks_at + (index as u64 + 1) * self.stack_size;
            self.put(strand + offset_of!(Strand, stack_top), &stack_top.to_le_bytes());
            self.put(strand + offset_of!(Strand, home), &plan.home.to_le_bytes());
        }
        let size = (stacks_at + plans.len() as u64 * self.stack_size).next_multiple_of(STACKS_ALIGN);
        self.put(offset_of!(Board, magic), &MAGIC.to_le_bytes());
        self.put(offset_of!(Board, version), &VERSION.to_le_bytes());
        self.put(offset_of!(Board, orphan), &self.orphan.to_le_bytes());
        self.put(offset_of!(Board, strands), &(plans.len() as u32).to_le_bytes());
        self.put(offset_of!(Board, strands_at), &strands_at.to_le_bytes());
        self.put(
            offset_of!(Board, barriers),
            &(self.barriers.len() as u32).to_le_bytes(),
        );
        self.put(offset_of!(Board, barriers_at), &barriers_at.to_le_bytes());
        self.put(offset_of!(Board, size), &size.to_le_bytes());
        Image::parse(self.bytes)
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }
}
