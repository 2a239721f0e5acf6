// SPDX-License-Identifier: GPL-2.0-only
use core::sync::atomic::{AtomicU32, AtomicU64};

/// First eight bytes of an arena: `STASISAR` read as a little-endian number.
pub const MAGIC: u64 = u64::from_le_bytes(*b"STASISAR");
/// Raised whenever a layout in this crate changes; the interpreter refuses another version.
pub const VERSION: u32 = 2;
/// Number of words in [`Board::globals`].
pub const GLOBALS: usize = 32;
/// Number of words in [`Board::candidates`].
pub const CANDIDATES: usize = 16;
/// Where the data area begins: right behind the board, so that a builder knows the final offset
/// of a datum when it allocates it.
pub const DATA_AT: u64 = 512;
/// Alignment of the first stack, hence of [`Board::size`] less what the host rounds up to.
pub const STACKS_ALIGN: u64 = 4096;
/// [`Board::abort`]: the host gave up, no strand failed.
pub const ABORT_BY_HOST: u32 = u32::MAX;

/// [`Board::orphan`]: when the host is gone, a parked strand returns to its task's own registers.
pub const ORPHAN_GOES_HOME: u32 = 0;
/// [`Board::orphan`]: when the host is gone, the whole half-made task ends.
pub const ORPHAN_DIES: u32 = 1;

/// [`Board::seed`]: how far the seed came; the errno of a failure is in strand 0's `result`.
pub mod seed {
    /// Not started.
    pub const IDLE: u32 = 0;
    /// Strand 0 has been entered: the seed's work is over.
    pub const STARTED: u32 = 1;
    /// No candidate of [`Board::candidates`](super::Board::candidates) was free in the fresh process.
    pub const NO_HOLE: u32 = 2;
    /// Mapping the blob or the arena inside the hole failed.
    pub const NO_MAP: u32 = 3;
    /// `/proc/self/maps` could not be read.
    pub const NO_MAPS: u32 = 4;
}

/// Indices into [`Board::globals`]: addresses that only the running seed knows, and a counter.
pub mod global {
    /// Start of the hole: the address at which the blob is mapped.
    pub const HOLE_START: usize = 0;
    /// Bytes from address 0 to the hole's start (what to unmap below the hole).
    pub const BELOW_LEN: usize = 1;
    /// First address behind the hole.
    pub const HOLE_END: usize = 2;
    /// Bytes from the hole's end to the end of the user address space (what to unmap above it).
    pub const ABOVE_LEN: usize = 3;
    /// Start of the seed's own vdso text mapping.
    pub const VDSO: usize = 4;
    /// Start of the seed's lowest vvar mapping, and of the second one (`[vvar_vclock]`, 6.13+).
    pub const VVAR: usize = 5;
    /// See [`VVAR`]; 0 where the kernel has only one.
    pub const VVAR_VCLOCK: usize = 6;
    /// Where inside the hole the vdso and vvar mappings are parked while the rest is unmapped.
    pub const PARKING: usize = 7;
    /// How many strands have ended: parked, failed, exited or aborted.
    pub const ENDED: usize = 8;
    /// First index free for a planner's own use (`Arg::Global`).
    pub const FREE: usize = 16;
}

/// Head of an arena.
///
/// `gate` follows the robust futex rules (`Documentation/locking/robust-futexes.rst`): it holds
/// the host's thread id with `FUTEX_WAITERS`, and the kernel sets `FUTEX_OWNER_DIED` and wakes a
/// waiter when that thread dies, by whatever signal. `robust_next` is the link of the host's
/// robust list (an address of the *host*); the distance from `robust_next` to `gate` is the
/// list's `futex_offset`, the same for every arena.
#[repr(C)]
pub struct Board {
    pub magic: u64,
    pub robust_next: AtomicU64,
    pub version: u32,
    /// Owner word; 0 means "released: go home now".
    pub gate: AtomicU32,
    /// Not 0: stop at the next operation. 1 + index of the strand that failed first, or
    /// [`ABORT_BY_HOST`].
    pub abort: AtomicU32,
    /// Incremented and woken (shared futex) when a strand fails, when the last one has ended
    /// ([`global::ENDED`]), and when a strand opens a barrier: a host that waits for a thousand
    /// strands is not woken a thousand times.
    pub news: AtomicU32,
    /// [`ORPHAN_GOES_HOME`] or [`ORPHAN_DIES`].
    pub orphan: u32,
    pub strands: u32,
    /// Offset of the strand table from the arena's base, in bytes; likewise below.
    pub strands_at: u64,
    pub barriers: u32,
    /// A value of [`seed`].
    pub seed: AtomicU32,
    pub barriers_at: u64,
    /// Bytes of the arena, including stacks.
    pub size: u64,
    /// Bytes of blob (rounded up to pages) mapped right below the arena.
    pub blob_size: u64,
    /// Bytes the seed keeps free behind the arena for [`global::PARKING`].
    pub parking_size: u64,
    /// Hole start addresses for the seed to try in this order; 0 ends the list.
    pub candidates: [u64; CANDIDATES],
    pub globals: [AtomicU64; GLOBALS],
}

/// A meeting point: opens when `arrived` reaches `expected`, and stays open.
///
/// The host may be one of the expected parties: it adds its own arrival once it has done what
/// the tasks wait for (filled their memory, say).
#[repr(C)]
pub struct Barrier {
    pub arrived: AtomicU32,
    pub expected: u32,
}

const _: () = assert!(size_of::<Board>() as u64 <= DATA_AT);
