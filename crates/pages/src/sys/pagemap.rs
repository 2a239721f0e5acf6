// SPDX-License-Identifier: GPL-2.0-only
//! The `PAGEMAP_SCAN` ioctl (6.7), `Documentation/admin-guide/mm/pagemap.rst`.
#![allow(unsafe_code)]
// Safety: the only pointer passed is to a slice of `page_region` borrowed for the call, with its length.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::OnceLock;

use linux_raw_sys::general::{page_region, pm_scan_arg};
use rustix::io::{Errno, Result};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// `_IOWR('f', 16, struct pm_scan_arg)`, `include/uapi/linux/fs.h`.
const PAGEMAP_SCAN: u32 = 0xc060_6610;

/// `MADV_GUARD_INSTALL` (6.13), `include/uapi/asm-generic/mman-common.h`.
const MADV_GUARD_INSTALL: i32 = 102;

/// Bits of [`Region::categories`].
pub(crate) mod categories {
    pub(crate) const FILE: u64 = linux_raw_sys::general::PAGE_IS_FILE as u64;
    pub(crate) const PRESENT: u64 = linux_raw_sys::general::PAGE_IS_PRESENT as u64;
    pub(crate) const SWAPPED: u64 = linux_raw_sys::general::PAGE_IS_SWAPPED as u64;
    pub(crate) const PFNZERO: u64 = linux_raw_sys::general::PAGE_IS_PFNZERO as u64;
    /// Since 6.15.
    pub(crate) const GUARD: u64 = linux_raw_sys::general::PAGE_IS_GUARD as u64;
}

/// Neighbouring pages with the same categories.
pub(crate) type Region = page_region;

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// A page counts when it has any of these.
    pub(crate) any_of: u64,
    /// Reported, and told apart, in [`Region::categories`].
    pub(crate) report: u64,
}

/// Fills `out` and returns the number of regions; only when it is full there may be more.
pub(crate) fn pagemap_scan(map: BorrowedFd<'_>, request: Request, out: &mut [Region]) -> Result<usize> {
    let mut arg = pm_scan_arg {
        size: size_of::<pm_scan_arg>() as u64,
        flags: 0,
        start: request.start,
        end: request.end,
        walk_end: 0,
        vec: out.as_mut_ptr() as u64,
        vec_len: out.len() as u64,
        max_pages: 0,
        category_inverted: 0,
        category_mask: 0,
        category_anyof_mask: request.any_of,
        return_mask: request.report,
    };
    #[allow(clippy::cast_lossless, reason = "a c_ulong in glibc, a c_int in musl")]
    let request = PAGEMAP_SCAN as libc::Ioctl;
    // SAFETY: `arg` has the layout the kernel checks by its `size`; `vec` is a writable slice of `vec_len` regions.
    let count = unsafe { libc::ioctl(map.as_raw_fd(), request, &raw mut arg) };
    usize::try_from(count)
        .map_err(|_| Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO))
}

/// Whether this kernel can install guard pages. 6.13 and 6.14 can, but do not tell them from swapped pages.
pub(crate) fn guards_exist() -> bool {
    static KNOWN: OnceLock<bool> = OnceLock::new();
    *KNOWN.get_or_init(|| {
        let len = crate::page::size();
        // SAFETY: the kernel chooses a free address.
        let Ok(at) =
            (unsafe { mmap_anonymous(std::ptr::null_mut(), len, ProtFlags::READ, MapFlags::PRIVATE) })
        else {
            return false;
        };
        // SAFETY: the page was made above and nobody else knows it.
        let installed = unsafe { libc::madvise(at, len, MADV_GUARD_INSTALL) } == 0;
        // SAFETY: as above.
        let _ = unsafe { munmap(at, len) };
        installed
    })
}
