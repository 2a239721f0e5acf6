// SPDX-License-Identifier: GPL-2.0-only
//! What both directions need of the host.

pub(crate) fn map(len: usize, fd: i32, flags: i32, prot: i32) -> *mut u8 {
    let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, fd, 0) };
    assert_ne!(at, libc::MAP_FAILED, "mmap: {}", std::io::Error::last_os_error());
    at.cast()
}

/// CPU seconds of this process.
pub(crate) fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

pub(crate) fn iov(at: *mut u8, len: usize) -> libc::iovec {
    libc::iovec {
        iov_base: at.cast(),
        iov_len: len,
    }
}

/// Pseudo-random words, the same each time.
pub(crate) fn noise(words: &mut [u64], seed: &mut u64) {
    for word in words {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *word = *seed;
    }
}

/// A userfaultfd, ready for `copy` into `base..base + len` of the process that made it.
pub(crate) struct Uffd(pub(crate) i32);

#[repr(C)]
struct Api(u64, u64, u64);
#[repr(C)]
struct Register(u64, u64, u64, u64);
#[repr(C)]
struct Copy(u64, u64, u64, u64, i64);

impl Uffd {
    /// `None` where the memory is of a kind that cannot be registered.
    pub(crate) fn new(fd: i32, base: usize, len: usize) -> Option<Self> {
        assert!(fd >= 0, "userfaultfd: {}", std::io::Error::last_os_error());
        let uffd = Self(fd);
        let mut api = Api(0xaa, 0, 0);
        let mut register = Register(base as u64, len as u64, 1, 0);
        assert_eq!(unsafe { libc::ioctl(fd, 0xc018_aa3f, &mut api) }, 0);
        (unsafe { libc::ioctl(fd, 0xc020_aa00, &mut register) } == 0).then_some(uffd)
    }

    pub(crate) fn copy(&self, to: usize, from: &[u8]) {
        let mut copy = Copy(to as u64, from.as_ptr() as u64, from.len() as u64, 1, 0);
        let result = unsafe { libc::ioctl(self.0, 0xc028_aa03, &mut copy) };
        assert_eq!(
            (result, copy.4),
            (0, from.len() as i64),
            "{}",
            std::io::Error::last_os_error()
        );
    }
}

impl Drop for Uffd {
    fn drop(&mut self) {
        unsafe { libc::close(self.0) };
    }
}
