// SPDX-License-Identifier: GPL-2.0-only
//! A file of a memory file system, mapped so that new pages can be placed into its page cache.
#![allow(unsafe_code)]
// Safety: the mapping is made in `over` at an address of the kernel's choice, with exactly `len` bytes, never
// dereferenced (its missing pages belong to the userfaultfd), and unmapped only by `Drop`.

use std::fs::File;
use std::os::fd::AsFd;

use rustix::io::{Errno, Result};
use rustix::mm::{Advice, MapFlags, ProtFlags, UserfaultfdFlags, madvise, mmap, munmap, userfaultfd};

use crate::sys::uffd::{Copied, Uffd};

/// `UFFD_USER_MODE_ONLY` (5.11), `include/uapi/linux/userfaultfd.h`: needs no privilege; nobody faults here at all.
const USER_MODE_ONLY: UserfaultfdFlags = UserfaultfdFlags::from_bits_retain(1);

/// The first `len` bytes of a file, none of which is there yet.
#[derive(Debug)]
pub(crate) struct Window {
    uffd: Uffd,
    at: u64,
    len: usize,
}

impl Window {
    /// `file` is open for reading and writing, and at least `len` bytes long.
    ///
    /// # Errors
    /// Whatever the kernel lacks for it: userfaultfds, those of shared memory (4.11), room for the mapping.
    pub(crate) fn over(file: &File, len: u64) -> Result<Self> {
        let len = usize::try_from(len).map_err(|_| Errno::FBIG)?;
        // SAFETY: a new descriptor, without side effects.
        let fd = unsafe { userfaultfd(UserfaultfdFlags::CLOEXEC | USER_MODE_ONLY) }?;
        let uffd = Uffd::new(fd)?;
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the kernel chooses a free address.
        let at = unsafe {
            mmap(
                std::ptr::null_mut(),
                len,
                protection,
                MapFlags::SHARED,
                file.as_fd(),
                0,
            )
        }?;
        let window = Self {
            uffd,
            at: at as u64,
            len,
        };
        // Pages placed here have not been used: the kernel would note a use of each when they are unmapped.
        // SAFETY: it changes no content.
        unsafe { madvise(at, len, Advice::Random) }?;
        window.uffd.register(window.at, len as u64)?;
        Ok(window)
    }

    /// Adds pages from `offset` on, with the content of `from`.
    pub(crate) fn place(&self, offset: u64, from: &[u8]) -> Copied {
        self.uffd.copy(self.at + offset, from)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // SAFETY: nobody has a pointer into it.
        let _ = unsafe { munmap(self.at as *mut _, self.len) };
    }
}
