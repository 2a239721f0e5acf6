// SPDX-License-Identifier: GPL-2.0-only
#![allow(unsafe_code)]
// Safety: the child of `fork` makes only raw system calls on values copied before the fork.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// A child that has inherited all memory and does nothing with it.
pub(crate) struct Task {
    pub(crate) pid: i32,
    uffd: i32,
    dead: AtomicBool,
}

impl Task {
    pub(crate) fn fork() -> Self {
        let (read, write) = rustix::pipe::pipe().unwrap();
        let out = write.as_raw_fd();
        // SAFETY: see the top of the file.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: as above.
            unsafe { idle(out) }
        }
        assert!(pid > 0);
        drop(write);
        let mut bytes = [0; 4];
        assert_eq!(rustix::io::read(&read, &mut bytes).unwrap(), 4, "the child died");
        Self {
            pid,
            uffd: i32::from_ne_bytes(bytes),
            dead: AtomicBool::new(false),
        }
    }

    /// What a fill pipe writes to.
    pub(crate) fn memory(&self) -> (i32, std::fs::File) {
        let mut options = std::fs::File::options();
        let memory = options.write(true).open(format!("/proc/{}/mem", self.pid));
        (self.pid, memory.unwrap())
    }

    /// The task's own userfaultfd, made right after the fork.
    pub(crate) fn uffd(&self) -> OwnedFd {
        assert!(self.uffd >= 0, "userfaultfd: errno {}", -self.uffd);
        // SAFETY: plain numbers.
        let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, self.pid, 0) } as i32;
        assert!(pidfd >= 0);
        // SAFETY: plain numbers.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_getfd, pidfd, self.uffd, 0) } as i32;
        assert!(fd >= 0, "{}", std::io::Error::last_os_error());
        // SAFETY: just received.
        drop(unsafe { OwnedFd::from_raw_fd(pidfd) });
        // SAFETY: just received.
        unsafe { OwnedFd::from_raw_fd(fd) }
    }

    /// KiB of a line of its `smaps` entry that starts at `start`.
    pub(crate) fn figure(&self, start: u64, name: &str) -> u64 {
        let smaps = std::fs::read_to_string(format!("/proc/{}/smaps", self.pid)).unwrap();
        let header = format!("{start:x}-");
        let line = smaps
            .lines()
            .skip_while(|l| !l.starts_with(&header))
            .find(|l| l.starts_with(name))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn vm_flags(&self, start: u64) -> String {
        let smaps = std::fs::read_to_string(format!("/proc/{}/smaps", self.pid)).unwrap();
        let header = format!("{start:x}-");
        smaps
            .lines()
            .skip_while(|l| !l.starts_with(&header))
            .find(|l| l.starts_with("VmFlags"))
            .unwrap()
            .into()
    }

    pub(crate) fn kill(&self) {
        if self.dead.swap(true, Ordering::Relaxed) {
            return;
        }
        // SAFETY: our own child, not yet waited for.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
        // SAFETY: plain numbers.
        unsafe { libc::waitpid(self.pid, std::ptr::null_mut(), 0) };
    }
}

/// # Safety
/// Only in the child of a fork.
#[allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "all of it is one thing: the life of the child"
)]
unsafe fn idle(out: i32) -> ! {
    // SAFETY: raw system calls; the one buffer is a local.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        let fd = libc::syscall(libc::SYS_userfaultfd, libc::O_CLOEXEC) as i32;
        let bytes = (if fd < 0 { -*libc::__errno_location() } else { fd }).to_ne_bytes();
        libc::write(out, bytes.as_ptr().cast(), 4);
        loop {
            libc::pause();
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.kill();
    }
}
