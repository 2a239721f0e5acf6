// SPDX-License-Identifier: GPL-2.0-only
//! An arena's bytes before they are anywhere: everything up to the stacks.

use stasis_abi::{
    Barrier, Board, DATA_AT, MAGIC, ORPHAN_DIES, ORPHAN_GOES_HOME, Op, STACKS_ALIGN, Strand, VERSION,
};

use crate::artifacts::{blob_size, round_to_pages};
use crate::error::Error;

/// A checked image: no offset in its tables leads outside of it.
#[derive(Clone, Debug)]
pub struct Image {
    bytes: Vec<u8>,
    tables: Tables,
}

/// Where the tables are, in bytes from the arena's base; the host's own copy, out of the tasks' reach.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) size: u64,
    pub(crate) strands_at: u64,
    pub(crate) barriers_at: u64,
    pub(crate) barriers: u32,
    pub(crate) programs: Vec<Program>,
}

/// The same for one strand.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) ops_at: u64,
    pub(crate) ops: u32,
    pub(crate) slots_at: u64,
    pub(crate) slots: u32,
    pub(crate) stack_top: u64,
    pub(crate) tid: i32,
}

impl Image {
    /// Takes an image made elsewhere (the TypeScript planner) after checking its tables; what the
    /// operations themselves do is the planner's responsibility.
    ///
    /// # Errors
    /// Names the first table that does not fit.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Error> {
        let tables = Tables::read(&bytes).map_err(|why| Error::refused("use program image", why))?;
        Ok(Self { bytes, tables })
    }

    /// Bytes of shared memory that hold the interpreter and this arena.
    #[must_use]
    pub fn object_size(&self) -> u64 {
        blob_size() + self.arena_size()
    }

    /// Bytes of the arena alone, stacks included: whole pages.
    #[must_use]
    pub fn arena_size(&self) -> u64 {
        round_to_pages(self.tables.size)
    }

    /// Number of strands.
    #[must_use]
    pub fn strands(&self) -> u32 {
        self.tables.programs.len() as u32
    }

    /// Offset of a strand's stack top from the arena's base.
    ///
    /// # Panics
    /// When there is no such strand.
    #[must_use]
    pub fn stack_top(&self, strand: u32) -> u64 {
        self.tables.programs[strand as usize].stack_top
    }

    /// The thread id that a strand's thread is created with, 0 for any.
    ///
    /// # Panics
    /// When there is no such strand.
    #[must_use]
    pub fn tid(&self, strand: u32) -> i32 {
        self.tables.programs[strand as usize].tid
    }

    /// The image itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }
}

impl Tables {
    fn read(bytes: &[u8]) -> Result<Self, String> {
        use std::mem::{offset_of, size_of};
        let end = bytes.len() as u64;
        if end < DATA_AT || !end.is_multiple_of(8) {
            return Err(format!("{end} bytes are no arena"));
        }
        let board = |at: usize| long(bytes, at as u64);
        let board32 = |at: usize| word(bytes, at as u64);
        if board(offset_of!(Board, magic)) != MAGIC || board32(offset_of!(Board, version)) != VERSION {
            return Err(format!("not an arena of version {VERSION}"));
        }
        if ![ORPHAN_GOES_HOME, ORPHAN_DIES].contains(&board32(offset_of!(Board, orphan))) {
            return Err("unknown orphan policy".into());
        }
        let inside = |what: &str, at: u64, count: u32, each: usize| {
            let length = u64::from(count) * each as u64;
            if at >= DATA_AT && at.is_multiple_of(8) && at.checked_add(length).is_some_and(|past| past <= end)
            {
                return Ok(());
            }
            Err(format!(
                "{what} at {at:#x} ({count} of {each} bytes) do not fit in {end:#x} bytes"
            ))
        };
        let size = board(offset_of!(Board, size));
        let strands_at = board(offset_of!(Board, strands_at));
        let strands = board32(offset_of!(Board, strands));
        inside("strands", strands_at, strands, size_of::<Strand>())?;
        let barriers_at = board(offset_of!(Board, barriers_at));
        let barriers = board32(offset_of!(Board, barriers));
        inside("barriers", barriers_at, barriers, size_of::<Barrier>())?;
        if strands == 0 || size < end.next_multiple_of(STACKS_ALIGN) || size > 1 << 40 {
            return Err(format!("{strands} strands in {size:#x} bytes"));
        }
        let mut programs = Vec::with_capacity(strands as usize);
        for index in 0..u64::from(strands) {
            let at = strands_at + index * size_of::<Strand>() as u64;
            let field = |offset: usize| long(bytes, at + offset as u64);
            let program = Program {
                ops_at: field(offset_of!(Strand, ops_at)),
                ops: word(bytes, at + offset_of!(Strand, ops) as u64),
                slots_at: field(offset_of!(Strand, slots_at)),
                slots: word(bytes, at + offset_of!(Strand, slots) as u64),
                stack_top: field(offset_of!(Strand, stack_top)),
                tid: word(bytes, at + offset_of!(Strand, tid) as u64).cast_signed(),
            };
            inside(
                &format!("operations of strand {index}"),
                program.ops_at,
                program.ops,
                size_of::<Op>(),
            )?;
            inside(
                &format!("slots of strand {index}"),
                program.slots_at,
                program.slots,
                8,
            )?;
            let home = field(offset_of!(Strand, home));
            if program.stack_top <= end || program.stack_top > size || !program.stack_top.is_multiple_of(16) {
                return Err(format!(
                    "stack of strand {index} ends at {:#x}",
                    program.stack_top
                ));
            }
            if home != 0 && (home < DATA_AT || home >= end) {
                return Err(format!("home of strand {index} is at {home:#x}"));
            }
            programs.push(program);
        }
        Ok(Self {
            size,
            strands_at,
            barriers_at,
            barriers,
            programs,
        })
    }
}

pub(crate) fn word(bytes: &[u8], at: u64) -> u32 {
    let at = at as usize;
    bytes
        .get(at..at + 4)
        .and_then(|it| it.try_into().ok())
        .map_or(0, u32::from_le_bytes)
}

pub(crate) fn long(bytes: &[u8], at: u64) -> u64 {
    let at = at as usize;
    bytes
        .get(at..at + 8)
        .and_then(|it| it.try_into().ok())
        .map_or(0, u64::from_le_bytes)
}
