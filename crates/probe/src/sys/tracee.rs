// SPDX-License-Identifier: GPL-2.0-only
//! A child to be traced: some requests of `ptrace(2)` exist only towards a stopped tracee.
#![allow(unsafe_code)]
// Safety: the child of `fork` makes two system calls that are safe after a fork of threads (`prctl`, `pause`)
// and never returns. `ptrace` gets the pid of that child, which only this module waits for, and a local that
// outlives the call. The child is killed and waited for when its owner is dropped.

use super::pages::last_error;
use rustix::io::{Errno, Result};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// `include/uapi/linux/ptrace.h`.
const PTRACE_GET_RSEQ_CONFIGURATION: u32 = 0x420f;

/// `struct ptrace_rseq_configuration` is 24 bytes; more than that would be a newer one.
const ROOM: usize = 64;

/// A stopped child, seized by this thread.
#[derive(Debug)]
pub(crate) struct Tracee(Pid);

impl Tracee {
    /// Must be used and dropped on the thread that makes it: a tracer is a thread.
    pub(crate) fn start() -> Result<Self> {
        // SAFETY: see above; nothing in the child allocates, locks or unwinds.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: numbers only.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            loop {
                // SAFETY: no argument.
                unsafe { libc::pause() };
            }
        }
        let child = Self(Pid::from_raw(pid).filter(|_| pid > 0).ok_or_else(last_error)?);
        child.request(libc::PTRACE_SEIZE, 0, 0)?;
        child.request(libc::PTRACE_INTERRUPT, 0, 0)?;
        waitpid(Some(child.0), WaitOptions::UNTRACED)?;
        Ok(child)
    }

    /// How many bytes of `struct ptrace_rseq_configuration` the kernel gives.
    pub(crate) fn rseq_configuration(&self) -> Result<i64> {
        let mut room = [0u8; ROOM];
        self.request(PTRACE_GET_RSEQ_CONFIGURATION, ROOM, room.as_mut_ptr().addr())
    }

    fn request(&self, request: impl Into<i64>, address: usize, data: usize) -> Result<i64> {
        // SAFETY: `data` is 0 or the address of `ROOM` bytes that outlive the call.
        let result =
            unsafe { libc::ptrace(request.into() as _, self.0.as_raw_nonzero().get(), address, data) };
        if result < 0 { Err(last_error()) } else { Ok(result) }
    }
}

impl Drop for Tracee {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::KILL);
        loop {
            match waitpid(Some(self.0), WaitOptions::empty()) {
                Ok(Some((_, status))) if status.stopped() => {}
                Err(Errno::INTR) => {}
                _ => break,
            }
        }
    }
}
