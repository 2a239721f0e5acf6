// SPDX-License-Identifier: GPL-2.0-only
//! Page-aligned memory that a worker reuses for everything it carries.
#![allow(unsafe_code)]
// Safety: the mapping is anonymous, private, made in `new` with exactly `len` bytes, owned by the
// one `Buffer`, and unmapped only by its `Drop`; slices borrow the buffer.

use std::ptr::NonNull;

use rustix::io::Result;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Zeroed when made. Page-aligned, so that the kernel copies whole pages between whole pages.
#[derive(Debug)]
pub(crate) struct Buffer {
    at: NonNull<u8>,
    len: usize,
}

// SAFETY: it owns its memory and has no interior mutability.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// `len` bytes, not zero.
    pub(crate) fn new(len: usize) -> Result<Self> {
        // Populated at once: a fault a page would otherwise fall into the first copy, while a task is frozen.
        let flags = MapFlags::PRIVATE | MapFlags::POPULATE;
        // SAFETY: the kernel chooses a free address.
        let at = unsafe {
            mmap_anonymous(
                std::ptr::null_mut(),
                len,
                ProtFlags::READ | ProtFlags::WRITE,
                flags,
            )
        }?;
        Ok(Self {
            at: NonNull::new(at.cast()).expect("mmap does not return address 0"),
            len,
        })
    }
}

impl std::ops::Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: see the top of the file.
        unsafe { std::slice::from_raw_parts(self.at.as_ptr(), self.len) }
    }
}

impl std::ops::DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: see the top of the file; `&mut self` makes it exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.at.as_ptr(), self.len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: nobody borrows the buffer any more.
        let _ = unsafe { munmap(self.at.as_ptr().cast(), self.len) };
    }
}
