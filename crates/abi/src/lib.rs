// SPDX-License-Identifier: GPL-2.0-only
//! The contract between the interpreter that runs inside a task (`crates/blob`) and the host
//! that writes programs for it (`crates/engine`, `src/program`).
//!
//! An **arena** is one shared memory object mapped by the host and by every task that takes
//! part. It starts with a [`Board`]; everything else is found through offsets from the arena's
//! base, so the same bytes work wherever each side maps them:
//!
//! ```text
//! 0        Board                  gate, abort flag, news counter, tables, globals
//! 512      data                   what `Arg::Data` points at; results land here too
//! +a64     Strand × strands       one per thread of execution: its program, state, stack, slots
//!          Barrier × barriers     arrival counters
//!          Op …                   the programs, in the order of their strands
//!          u64 …                  the slots, in the order of their strands
//! +a4096   stacks                 one per strand in their order, never initialised
//! ```
//!
//! (`+aN`: rounded up to a multiple of N; everything else follows without a gap, as all sizes
//! are multiples of 8.) Readers rely on the offsets in the tables only; the order is fixed so
//! that two builders produce the same bytes. An **image** of an arena is everything before the
//! stacks; [`Board::size`] includes them. In an image, `robust_next`, `gate`, `blob_size`,
//! `candidates` and `globals` below `global::FREE` are the host's to fill and 0.
//!
//! The interpreter's code (the blob) is mapped immediately *below* the arena base, read-only and
//! executable; the arena itself is readable and writable and never executable.
#![no_std]
#![forbid(unsafe_code)]

mod board;
mod op;
mod strand;
mod syscalls;

pub use board::{
    ABORT_BY_HOST, Barrier, Board, CANDIDATES, DATA_AT, GLOBALS, MAGIC, ORPHAN_DIES, ORPHAN_GOES_HOME,
    STACKS_ALIGN, VERSION, global, seed,
};
pub use op::{Arg, Code, Expect, NO_SLOT, Op};
pub use strand::{STACK_SIZE, State, Strand};
pub use syscalls::Sys;
