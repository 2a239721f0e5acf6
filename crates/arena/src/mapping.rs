// SPDX-License-Identifier: GPL-2.0-only
//! The host's view of an arena's object: interpreter pages, then the arena.
//!
//! # Safety
//! The mapping is made here and unmapped on drop; every access is bounds-checked against its
//! length. Other processes write to it at the same time: bytes are copied through raw pointers and
//! never borrowed, and the only references given out are to atomics.
#![allow(unsafe_code)]

use std::os::fd::AsFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64};

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use crate::error::Error;

#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: shared memory that is reached through copies and atomics only.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    pub(crate) fn new(object: impl AsFd, length: u64) -> Result<Self, Error> {
        let prot = ProtFlags::READ | ProtFlags::WRITE;
        let length = length as usize;
        // SAFETY: a new mapping at an address of the kernel's choice.
        let start = unsafe { mmap(std::ptr::null_mut(), length, prot, MapFlags::SHARED, object, 0) }
            .map_err(Error::system("map arena", "mmap"))?;
        let start = NonNull::new(start.cast()).ok_or_else(|| Error::refused("map arena", "no address"))?;
        Ok(Self { start, length })
    }

    /// The address of `length` bytes at `offset`.
    pub(crate) fn at(&self, offset: u64, length: usize) -> Result<NonNull<u8>, Error> {
        let fits = usize::try_from(offset)
            .ok()
            .filter(|it| it.checked_add(length).is_some_and(|e| e <= self.length));
        let Some(offset) = fits else {
            return Err(Error::refused(
                "reach into arena",
                format!("{length} bytes at {offset:#x} are outside of it"),
            ));
        };
        // SAFETY: inside the mapping.
        Ok(unsafe { self.start.add(offset) })
    }

    pub(crate) fn copy_out(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let from = self.at(offset, into.len())?;
        // SAFETY: both ranges are valid, and a fresh buffer does not overlap a shared mapping.
        unsafe {
            from.as_ptr()
                .copy_to_nonoverlapping(into.as_mut_ptr(), into.len());
        };
        Ok(())
    }

    pub(crate) fn copy_in(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let into = self.at(offset, bytes.len())?;
        // SAFETY: both ranges are valid, and the caller's bytes are not in a mapping that nobody can borrow.
        unsafe {
            into.as_ptr()
                .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        };
        Ok(())
    }

    /// The word at `offset`, which must be inside the mapping and aligned.
    pub(crate) fn word(&self, offset: u64) -> &AtomicU32 {
        self.atomic(offset)
    }

    /// The long word at `offset`, which must be inside the mapping and aligned.
    pub(crate) fn long(&self, offset: u64) -> &AtomicU64 {
        self.atomic(offset)
    }

    fn atomic<T>(&self, offset: u64) -> &T {
        let at = self
            .at(offset, size_of::<T>())
            .expect("tables were checked when the arena was made")
            .cast::<T>();
        assert!(at.is_aligned(), "tables were checked when the arena was made");
        // SAFETY: valid and aligned as just checked, alive as long as `self`; `T` is one of the two
        // atomics above, for which every bit pattern and every concurrent change is fine.
        unsafe { at.as_ref() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this mapping, which nobody can reach any more. It cannot fail for a whole mapping.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.length) };
    }
}
