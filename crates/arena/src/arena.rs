// SPDX-License-Identifier: GPL-2.0-only
//! An arena in shared memory.

use std::mem::{offset_of, size_of};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{MemfdFlags, fstat, ftruncate, memfd_create};
use rustix::thread::futex;
use stasis_abi::{ABORT_BY_HOST, Barrier, Board, CANDIDATES, State, Strand};

use crate::artifacts::{blob, blob_size};
use crate::error::{Error, injected};
use crate::image::{Image, Tables};
use crate::mapping::Mapping;

/// An arena, mapped by this process. Clones are handles to the same one, usable from any thread.
///
/// The object behind it holds the interpreter's pages first ([`blob_size`] bytes) and the arena right behind
/// them; all offsets here are from the arena's base, as in the tables and in `Arg::Data`.
#[derive(Clone, Debug)]
pub struct Arena {
    object: Arc<OwnedFd>,
    mapping: Arc<Mapping>,
    tables: Arc<Tables>,
}

impl Arena {
    /// Puts the image into a memory object of its own (a restore).
    ///
    /// # Errors
    /// The system call that failed.
    pub fn create(image: &Image) -> Result<Self, Error> {
        let flags = MemfdFlags::CLOEXEC;
        // Where it is the rule that a memfd says whether it may be executed (6.3, `vm.memfd_noexec`), this one may not
        // be: the rule is about `execve`, the seed only maps it.
        injected("restore.arena").map_err(Error::system("create arena", "memfd_create"))?;
        let object = memfd_create("stasis-arena", flags | MemfdFlags::NOEXEC_SEAL)
            .or_else(|_| memfd_create("stasis-arena", flags))
            .map_err(Error::system("create arena", "memfd_create"))?;
        ftruncate(&object, image.object_size()).map_err(Error::system("size arena", "ftruncate"))?;
        Self::attach(object, image)
    }

    /// Puts the image into an object that a task has mapped (a dump): shared anonymous memory of
    /// at least [`Image::object_size`] bytes, opened through `/proc/PID/map_files`. Neither the
    /// interpreter nor any strand may be running yet.
    ///
    /// # Errors
    /// The object is too small, or the system call that failed.
    pub fn attach(object: OwnedFd, image: &Image) -> Result<Self, Error> {
        let size = fstat(&object)
            .map_err(Error::system("examine arena", "fstat"))?
            .st_size as u64;
        if size < image.object_size() {
            let detail = format!("the object has {size} bytes, {} are needed", image.object_size());
            return Err(Error::refused("map arena", detail));
        }
        let mapping = Arc::new(Mapping::new(&object, image.object_size())?);
        let arena = Self {
            object: Arc::new(object),
            mapping,
            tables: Arc::new(image.tables().clone()),
        };
        arena.mapping.copy_in(0, blob())?;
        arena.write(0, image.bytes())?;
        arena.board_long(offset_of!(Board, blob_size), blob_size());
        Ok(arena)
    }

    /// The object: interpreter pages, then the arena.
    #[must_use]
    pub fn object(&self) -> BorrowedFd<'_> {
        self.object.as_fd()
    }

    /// Number of strands.
    #[must_use]
    pub fn strands(&self) -> u32 {
        self.tables.programs.len() as u32
    }

    /// Tells the seed where it may put the hole, best first, and how much to keep free behind the arena for
    /// the vdso and vvar mappings, in bytes. Before the seed is spawned.
    ///
    /// # Errors
    /// There are too many candidates, none at all, or one is not page-aligned.
    pub fn set_hole(&self, candidates: &[u64], parking_size: u64) -> Result<(), Error> {
        let page = crate::artifacts::page_size();
        let aligned = |at: &u64| *at != 0 && at.is_multiple_of(page);
        if candidates.is_empty() || candidates.len() > CANDIDATES || !candidates.iter().all(aligned) {
            let detail = format!("1 to {CANDIDATES} page-aligned addresses are needed, not {candidates:x?}");
            return Err(Error::refused("place restorer", detail));
        }
        for index in 0..CANDIDATES {
            let at = offset_of!(Board, candidates) + 8 * index;
            self.board_long(at, candidates.get(index).copied().unwrap_or(0));
        }
        self.board_long(
            offset_of!(Board, parking_size),
            crate::artifacts::round_to_pages(parking_size),
        );
        Ok(())
    }

    /// Copies bytes out of the arena.
    ///
    /// # Errors
    /// The range is not inside the arena.
    pub fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        self.mapping.copy_out(self.in_object(offset)?, into)
    }

    /// `length` bytes of the arena.
    ///
    /// # Errors
    /// The range is not inside the arena.
    pub fn bytes(&self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let at = self.in_object(offset)?;
        self.mapping.at(at, length)?;
        let mut bytes = vec![0; length];
        self.mapping.copy_out(at, &mut bytes)?;
        Ok(bytes)
    }

    /// Copies bytes into the arena. No strand may be using them at that time.
    ///
    /// # Errors
    /// The range is not inside the arena.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        self.mapping.copy_in(self.in_object(offset)?, bytes)
    }

    /// What a strand's slot holds; `None` where there is no such slot.
    #[must_use]
    pub fn slot(&self, strand: u32, slot: u16) -> Option<u64> {
        let program = self.tables.programs.get(strand as usize)?;
        let at = program.slots_at + 8 * u64::from(slot);
        (u32::from(slot) < program.slots).then(|| self.mapping.long(blob_size() + at).load(Ordering::Relaxed))
    }

    /// A global: an address that the seed wrote (`stasis_abi::global`), or the planner.
    #[must_use]
    pub fn global(&self, index: usize) -> Option<u64> {
        let at = offset_of!(Board, globals) + 8 * index;
        (index < stasis_abi::GLOBALS)
            .then(|| self.mapping.long(blob_size() + at as u64).load(Ordering::Relaxed))
    }

    /// Whether the barrier is open.
    #[must_use]
    pub fn is_open(&self, barrier: u32) -> bool {
        self.barrier(barrier)
            .is_some_and(|(arrived, expected)| arrived.load(Ordering::Acquire) >= expected)
    }

    /// Arrives at a barrier as one of the expected parties; never waits.
    pub fn arrive(&self, barrier: u32) {
        if let Some((arrived, expected)) = self.barrier(barrier)
            && arrived.fetch_add(1, Ordering::AcqRel) + 1 >= expected
        {
            wake(arrived);
        }
    }

    /// Opens a barrier whoever has or has not arrived.
    pub fn open(&self, barrier: u32) {
        if let Some((arrived, expected)) = self.barrier(barrier) {
            arrived.fetch_max(expected, Ordering::AcqRel);
            wake(arrived);
        }
    }

    /// Tells all strands to stop before their next operation, also those that wait at a barrier.
    pub fn abort(&self) {
        let abort = self.board_word(offset_of!(Board, abort));
        let _ = abort.compare_exchange(0, ABORT_BY_HOST, Ordering::Release, Ordering::Relaxed);
        for index in 0..self.tables.barriers {
            if let Some((arrived, _)) = self.barrier(index) {
                wake(arrived);
            }
        }
    }

    /// A strand's state; `None` where there is no such strand, or no such state.
    #[must_use]
    pub fn state(&self, strand: u32) -> Option<State> {
        State::from_u32(
            self.strand_word(strand, offset_of!(Strand, state))?
                .load(Ordering::Acquire),
        )
    }

    /// Whether every strand is in one of the given states.
    #[must_use]
    pub fn all(&self, states: &[State]) -> bool {
        (0..self.strands()).all(|strand| self.state(strand).is_some_and(|state| states.contains(&state)))
    }

    /// Whether a strand of a restore has failed, or the host has given up.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.board_word(offset_of!(Board, abort)).load(Ordering::Acquire) != 0
    }

    /// Index of the operation that a strand is at.
    #[must_use]
    pub fn at(&self, strand: u32) -> Option<u32> {
        Some(
            self.strand_word(strand, offset_of!(Strand, at))?
                .load(Ordering::Relaxed),
        )
    }

    fn barrier(&self, index: u32) -> Option<(&AtomicU32, u32)> {
        let at = blob_size() + self.tables.barriers_at + u64::from(index) * size_of::<Barrier>() as u64;
        let expected = at + offset_of!(Barrier, expected) as u64;
        (index < self.tables.barriers).then(|| {
            (
                self.mapping.word(at),
                self.mapping.word(expected).load(Ordering::Relaxed),
            )
        })
    }

    pub(crate) fn strand_word(&self, strand: u32, field: usize) -> Option<&AtomicU32> {
        let at = self.tables.strands_at + u64::from(strand) * size_of::<Strand>() as u64 + field as u64;
        (strand < self.strands()).then(|| self.mapping.word(blob_size() + at))
    }

    pub(crate) fn board_word(&self, field: usize) -> &AtomicU32 {
        self.mapping.word(blob_size() + field as u64)
    }

    fn board_long(&self, field: usize, value: u64) {
        self.mapping
            .long(blob_size() + field as u64)
            .store(value, Ordering::Relaxed);
    }

    /// Whether both are handles to the same arena.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.mapping, &other.mapping)
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    fn in_object(&self, offset: u64) -> Result<u64, Error> {
        offset
            .checked_add(blob_size())
            .ok_or_else(|| Error::refused("reach into arena", format!("{offset:#x} is outside of it")))
    }
}

/// Shared, not private: the sleepers map the arena elsewhere.
pub(crate) fn wake(word: &AtomicU32) {
    // A wake of a mapped word cannot fail.
    let _ = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
}
