// SPDX-License-Identifier: GPL-2.0-only
//! Fresh private anonymous pages to try things on.
#![allow(unsafe_code)]
// Safety: the mapping is made here at an address the kernel chooses, is known to nobody else, is written
// through volatile stores only while it is mapped, and is unmapped once, when its owner is dropped.

use rustix::io::{Errno, Result};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::ffi::{CStr, c_void};

/// `include/uapi/asm-generic/mman-common.h`.
const MADV_GUARD_INSTALL: i32 = 102;

#[derive(Debug)]
pub(crate) struct Pages {
    start: *mut c_void,
    count: usize,
}

impl Pages {
    pub(crate) fn map(count: usize) -> Result<Self> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let len = count * rustix::param::page_size();
        // SAFETY: without MAP_FIXED nothing that exists is replaced.
        let start = unsafe { mmap_anonymous(std::ptr::null_mut(), len, access, MapFlags::PRIVATE)? };
        Ok(Self { start, count })
    }

    pub(crate) fn address(&self) -> u64 {
        self.start.addr() as u64
    }

    pub(crate) fn len(&self) -> usize {
        self.count * rustix::param::page_size()
    }

    /// Writes to a page, so that it gets memory.
    pub(crate) fn touch(&self, page: usize) {
        assert!(page < self.count);
        // SAFETY: the page is within the mapping, by the line above.
        let first = unsafe { self.start.cast::<u8>().add(page * rustix::param::page_size()) };
        // SAFETY: the mapping is writable and aligned for bytes.
        unsafe { first.write_volatile(1) };
    }

    /// `MADV_GUARD_INSTALL` (6.13) on all pages.
    pub(crate) fn install_guards(&self) -> Result<()> {
        // SAFETY: nobody reads these pages, and touch is for pages without guards.
        check(unsafe { libc::madvise(self.start, self.len(), MADV_GUARD_INSTALL) })
    }

    /// `PR_SET_VMA_ANON_NAME` (5.17) on all pages.
    pub(crate) fn name(&self, name: &CStr) -> Result<()> {
        let (set_vma, anon_name) = (libc::PR_SET_VMA, libc::PR_SET_VMA_ANON_NAME);
        // SAFETY: the kernel copies the string, and the mapping is ours.
        check(unsafe { libc::prctl(set_vma, anon_name, self.start, self.len(), name.as_ptr()) })
    }
}

fn check(result: i32) -> Result<()> {
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

pub(super) fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: mapped in `map`, unmapped nowhere else.
        let _ = unsafe { munmap(self.start, self.len()) };
    }
}
