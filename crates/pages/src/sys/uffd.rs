// SPDX-License-Identifier: GPL-2.0-only
//! A userfaultfd used from outside: pages are placed into the address space of the task that
//! created it, `Documentation/admin-guide/mm/userfaultfd.rst`.
#![allow(unsafe_code)]
// Safety: ioctl arguments are the kernel's own structures, borrowed for the call; `src` is a slice
// borrowed for the call; addresses of the other task are checked by the kernel.

use std::os::fd::{AsRawFd, OwnedFd};

use linux_raw_sys::general::{
    UFFDIO_REGISTER_MODE_MISSING, uffdio_api, uffdio_copy, uffdio_range, uffdio_register,
};
use linux_raw_sys::ioctl::{UFFDIO_API, UFFDIO_COPY, UFFDIO_REGISTER, UFFDIO_UNREGISTER};
use rustix::io::{Errno, Result};

/// `UFFD_API`, `include/uapi/linux/userfaultfd.h`.
const API: u64 = 0xaa;

/// The descriptor after the handshake.
#[derive(Debug)]
pub(crate) struct Uffd(OwnedFd);

/// How far [`Uffd::copy`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Bytes placed, whole pages.
    pub(crate) bytes: usize,
    /// Why not all.
    pub(crate) stopped: Option<Errno>,
}

impl Uffd {
    /// Takes a descriptor fresh from `userfaultfd(2)`.
    pub(crate) fn new(fd: OwnedFd) -> Result<Self> {
        let uffd = Self(fd);
        let mut api = uffdio_api {
            api: API,
            features: 0,
            ioctls: 0,
        };
        uffd.control(UFFDIO_API, &mut api)?;
        Ok(uffd)
    }

    fn control<T>(&self, request: u32, argument: &mut T) -> Result<()> {
        #[allow(clippy::cast_lossless, reason = "a c_ulong in glibc, a c_int in musl")]
        let request = request as libc::Ioctl;
        // SAFETY: every caller pairs the request with its structure.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), request, std::ptr::from_mut(argument)) };
        if result == 0 {
            return Ok(());
        }
        Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO))
    }

    /// From now on, missing pages of the range come only from [`Uffd::copy`].
    pub(crate) fn register(&self, start: u64, len: u64) -> Result<()> {
        let range = uffdio_range { start, len };
        let mode = u64::from(UFFDIO_REGISTER_MODE_MISSING);
        self.control(
            UFFDIO_REGISTER,
            &mut uffdio_register {
                range,
                mode,
                ioctls: 0,
            },
        )
    }

    /// Gives the range back to the kernel's own fault handling.
    pub(crate) fn unregister(&self, start: u64, len: u64) -> Result<()> {
        self.control(UFFDIO_UNREGISTER, &mut uffdio_range { start, len })
    }

    /// Allocates missing pages from `address` on with the content of `from`: whole pages. The kernel
    /// copies straight into the new page, without clearing it first.
    pub(crate) fn copy(&self, address: u64, from: &[u8]) -> Copied {
        let mut argument = uffdio_copy {
            dst: address,
            src: from.as_ptr() as u64,
            len: from.len() as u64,
            mode: 0,
            copy: 0,
        };
        let stopped = self.control(UFFDIO_COPY, &mut argument).err();
        let bytes = match stopped {
            None => from.len(),
            // Where some pages went in, the call says EAGAIN whatever stopped it; the next call tells.
            Some(_) => usize::try_from(argument.copy).unwrap_or(0),
        };
        Copied { bytes, stopped }
    }
}
