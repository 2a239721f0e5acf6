// SPDX-License-Identifier: GPL-2.0-only
//! The ioctls of `/proc/PID/pagemap` and of userfaultfds.
#![allow(unsafe_code)]
// Safety: each request is paired with its own structure of `linux-raw-sys`, a local that outlives the call;
// the one pointer within them is to a local array whose length is passed.

use super::pages::{Pages, last_error};
use linux_raw_sys::general::{page_region, pm_scan_arg, uffdio_api};
use linux_raw_sys::ioctl::UFFDIO_API;
use rustix::io::{Errno, Result};
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// `_IOWR('f', 16, struct pm_scan_arg)`, `include/uapi/linux/fs.h`.
const PAGEMAP_SCAN: u32 = 0xc060_6610;

/// `UFFD_API`, `include/uapi/linux/userfaultfd.h`.
const API: u64 = 0xaa;

/// The regions of the pages that have any of the `PAGE_IS_*` categories, at most four.
pub(crate) fn pagemap_scan(pagemap: &File, pages: &Pages, categories: u64) -> Result<Vec<(u64, u64)>> {
    let mut regions = [page_region {
        start: 0,
        end: 0,
        categories: 0,
    }; 4];
    let mut arg = pm_scan_arg {
        size: size_of::<pm_scan_arg>() as u64,
        flags: 0,
        start: pages.address(),
        end: pages.address() + pages.len() as u64,
        walk_end: 0,
        vec: regions.as_mut_ptr().addr() as u64,
        vec_len: regions.len() as u64,
        max_pages: 0,
        category_inverted: 0,
        category_mask: 0,
        category_anyof_mask: categories,
        return_mask: categories,
    };
    let count = call(pagemap, PAGEMAP_SCAN, &mut arg)?;
    let found = usize::try_from(count).unwrap_or(0).min(regions.len());
    Ok(regions[..found]
        .iter()
        .map(|region| (region.start, region.end))
        .collect())
}

/// The features of a new userfaultfd (`UFFD_FEATURE_*`), which is closed again. `flags`: of userfaultfd(2).
pub(crate) fn userfaultfd_features(flags: u32) -> Result<u64> {
    let flags = flags.cast_signed() | libc::O_CLOEXEC | libc::O_NONBLOCK;
    // SAFETY: flags only.
    let fd = unsafe { libc::syscall(libc::SYS_userfaultfd, flags) };
    let fd = i32::try_from(fd)
        .ok()
        .filter(|&fd| fd >= 0)
        .ok_or_else(last_error)?;
    // SAFETY: a descriptor the kernel made just now, known to nobody else.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let mut api = uffdio_api {
        api: API,
        features: 0,
        ioctls: 0,
    };
    call(&fd, UFFDIO_API, &mut api)?;
    Ok(api.features)
}

fn call<T>(fd: &impl AsRawFd, request: u32, argument: &mut T) -> Result<i32> {
    #[allow(clippy::cast_lossless, reason = "a c_ulong in glibc, a c_int in musl")]
    let request = request as libc::Ioctl;
    // SAFETY: both callers pair the request with its structure.
    let result = unsafe { libc::ioctl(fd.as_raw_fd(), request, std::ptr::from_mut(argument)) };
    if result < 0 { Err(last_error()) } else { Ok(result) }
}

/// Whether the error says that the kernel does not know the request.
pub(crate) fn is_unknown(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::NOTTY | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL
    )
}
