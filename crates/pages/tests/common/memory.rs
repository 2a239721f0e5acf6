// SPDX-License-Identifier: GPL-2.0-only
#![allow(unsafe_code)]
// Safety: a `Memory` is a mapping of its own, made and unmapped here; its pages are accessed only
// through checked page numbers.

use std::os::fd::{AsRawFd, OwnedFd};

pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// Content of a page, never zero, different for each seed.
pub(crate) fn pattern(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut page = Vec::with_capacity(page_size());
    while page.len() < page_size() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        page.extend(state.to_ne_bytes());
    }
    page
}

/// A private mapping that tasks forked from here inherit.
pub(crate) struct Memory {
    pub(crate) start: u64,
    pub(crate) len: usize,
}

impl Memory {
    /// Anonymous pages at an address of the kernel's choice, between two unmapped pages. They are counted one by one: a
    /// kernel whose `transparent_hugepage/enabled` is "always", as Debian's is, would fill 2 MiB at the first touch.
    pub(crate) fn anonymous(pages: usize) -> Self {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let memory = Self::map(pages, flags, -1);
        memory.advise(0..pages, libc::MADV_NOHUGEPAGE);
        memory
    }

    /// As a stack is.
    pub(crate) fn growing_down(pages: usize) -> Self {
        Self::map(
            pages,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN,
            -1,
        )
    }

    pub(crate) fn of_file(file: &OwnedFd, pages: usize) -> Self {
        Self::map(pages, libc::MAP_PRIVATE, file.as_raw_fd())
    }

    fn map(pages: usize, flags: i32, fd: i32) -> Self {
        let len = pages * page_size();
        let around = len + 2 * page_size();
        let hold = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a free address of the kernel's choice.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), around, libc::PROT_NONE, hold, -1, 0) };
        assert_ne!(at, libc::MAP_FAILED, "{}", std::io::Error::last_os_error());
        let within = at.wrapping_byte_add(page_size());
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: inside the hold just made.
        let at = unsafe { libc::mmap(within, len, access, flags | libc::MAP_FIXED, fd, 0) };
        assert_eq!(at, within, "{}", std::io::Error::last_os_error());
        Self {
            start: at as u64,
            len,
        }
    }

    /// What reads it finds it as if it were unmapped (it is behind the end of a file), but nobody else gets its addresses.
    pub(crate) fn take_away(&self) {
        let nothing = rustix::fs::memfd_create("nothing", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        let (at, flags) = (self.start as *mut _, libc::MAP_PRIVATE | libc::MAP_FIXED);
        // SAFETY: our own mapping, replaced; the tests do not look at it any more.
        let result = unsafe { libc::mmap(at, self.len, libc::PROT_READ, flags, nothing.as_raw_fd(), 0) };
        assert_eq!(result, at, "{}", std::io::Error::last_os_error());
    }

    pub(crate) fn at(&self, page: usize) -> u64 {
        assert!(page <= self.len / page_size());
        self.start + (page * page_size()) as u64
    }

    pub(crate) fn put(&self, page: usize, content: &[u8]) {
        assert!(content.len() <= page_size() && page < self.len / page_size());
        // SAFETY: within the mapping, checked above; no reference to it exists.
        unsafe { std::ptr::copy_nonoverlapping(content.as_ptr(), self.at(page) as *mut u8, content.len()) };
    }

    pub(crate) fn touch(&self, page: usize) -> u8 {
        assert!(page < self.len / page_size());
        // SAFETY: within the mapping, checked above.
        unsafe { std::ptr::read_volatile(self.at(page) as *const u8) }
    }

    pub(crate) fn protect(&self, pages: std::ops::Range<usize>, protection: i32) {
        let len = (self.at(pages.end) - self.at(pages.start)) as usize;
        // SAFETY: within the mapping.
        let result = unsafe { libc::mprotect(self.at(pages.start) as *mut _, len, protection) };
        assert_eq!(result, 0);
    }

    /// Returns false where the kernel does not know the advice.
    pub(crate) fn advise(&self, pages: std::ops::Range<usize>, advice: i32) -> bool {
        let len = (self.at(pages.end) - self.at(pages.start)) as usize;
        // SAFETY: within the mapping, whose content the tests do not rely on afterwards.
        unsafe { libc::madvise(self.at(pages.start) as *mut _, len, advice) == 0 }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the hold around it is ours too; nothing refers to it.
        unsafe {
            libc::munmap(
                (self.start as usize - page_size()) as *mut _,
                self.len + 2 * page_size(),
            )
        };
    }
}
