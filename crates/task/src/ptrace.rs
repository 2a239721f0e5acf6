// SPDX-License-Identifier: GPL-2.0-only
//! The narrow door to ptrace(2) and wait4(2).
//!
//! Safety: every request passes either integers or a pointer to a buffer owned by the caller of
//! exactly the length that is passed along (`iovec`, `sigset`, `PEEKSIGINFO` count), so the kernel
//! never writes outside it. Which thread may call is checked by the kernel (`ESRCH` otherwise).
#![allow(unsafe_code)]

use crate::{Result, TaskError};
use libc::{c_int, c_void, pid_t};

const NT_PRSTATUS: usize = 1;
/// `struct ptrace_rseq_configuration` (include/uapi/linux/ptrace.h, 5.13).
const PTRACE_GET_RSEQ_CONFIGURATION: u32 = 0x420f;
const PTRACE_GETSIGMASK: u32 = 0x420a;
const PTRACE_SETSIGMASK: u32 = 0x420b;
const PTRACE_PEEKSIGINFO: u32 = 0x4209;
const PTRACE_PEEKSIGINFO_SHARED: u32 = 1;
/// Bytes of `siginfo_t` in every Linux ABI.
pub const SIGINFO_SIZE: usize = 128;

/// What `rseq(2)` was registered with; `address` is 0 when it was not.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct RseqConfiguration {
    pub address: u64,
    pub size: u32,
    pub signature: u32,
    pub flags: u32,
    pad: u32,
}

fn request(op: u32, tid: pid_t, addr: usize, data: usize) -> std::io::Result<i64> {
    // SAFETY: see the module's Safety section; glibc's variadic wrapper passes both words through.
    let result = unsafe { libc::ptrace(op as _, tid, addr as *mut c_void, data as *mut c_void) };
    if result < 0 { Err(std::io::Error::last_os_error()) } else { Ok(result) }
}

/// Attaches without stopping the thread (`PTRACE_SEIZE`); `kill_on_exit` makes the tracee die with this process.
pub fn seize(tid: pid_t, kill_on_exit: bool) -> std::io::Result<()> {
    let mut options = libc::PTRACE_O_TRACESYSGOOD;
    if kill_on_exit {
        options |= libc::PTRACE_O_EXITKILL;
    }
    request(libc::PTRACE_SEIZE, tid, 0, options as usize).map(drop)
}

pub fn interrupt(tid: pid_t) -> std::io::Result<()> {
    request(libc::PTRACE_INTERRUPT, tid, 0, 0).map(drop)
}

pub fn resume(tid: pid_t, signal: c_int) -> std::io::Result<()> {
    request(libc::PTRACE_CONT, tid, 0, signal as usize).map(drop)
}

/// Resumes up to the next entry into or exit from a system call.
pub fn resume_to_syscall(tid: pid_t, signal: c_int) -> std::io::Result<()> {
    request(libc::PTRACE_SYSCALL, tid, 0, signal as usize).map(drop)
}

pub fn detach(tid: pid_t, signal: c_int) -> std::io::Result<()> {
    request(libc::PTRACE_DETACH, tid, 0, signal as usize).map(drop)
}

/// Reads a register set into `buffer`; returns the bytes that the kernel filled.
pub fn get_regset(tid: pid_t, set: usize, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut iov = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    request(libc::PTRACE_GETREGSET, tid, set, &raw mut iov as usize)?;
    Ok(iov.iov_len)
}

pub fn set_regset(tid: pid_t, set: usize, buffer: &[u8]) -> std::io::Result<()> {
    let mut iov = libc::iovec { iov_base: buffer.as_ptr().cast_mut().cast(), iov_len: buffer.len() };
    request(libc::PTRACE_SETREGSET, tid, set, &raw mut iov as usize).map(drop)
}

/// The general registers as the kernel's array of 64-bit words.
pub fn get_general<const WORDS: usize>(tid: pid_t) -> std::io::Result<[u64; WORDS]> {
    let mut words = [0u64; WORDS];
    let mut iov = libc::iovec { iov_base: words.as_mut_ptr().cast(), iov_len: size_of_val(&words) };
    request(libc::PTRACE_GETREGSET, tid, NT_PRSTATUS, &raw mut iov as usize)?;
    if iov.iov_len != size_of_val(&words) {
        // A 32-bit task answers with its own, shorter layout.
        return Err(std::io::Error::from_raw_os_error(libc::ENOEXEC));
    }
    Ok(words)
}

pub fn set_general<const WORDS: usize>(tid: pid_t, words: &[u64; WORDS]) -> std::io::Result<()> {
    let mut iov = libc::iovec { iov_base: words.as_ptr().cast_mut().cast(), iov_len: size_of_val(words) };
    request(libc::PTRACE_SETREGSET, tid, NT_PRSTATUS, &raw mut iov as usize).map(drop)
}

/// The blocked signals; inside `sigsuspend` and friends the mask to which they will return.
pub fn get_signal_mask(tid: pid_t) -> std::io::Result<u64> {
    let mut mask = 0u64;
    request(PTRACE_GETSIGMASK, tid, 8, &raw mut mask as usize)?;
    Ok(mask)
}

pub fn set_signal_mask(tid: pid_t, mask: u64) -> std::io::Result<()> {
    request(PTRACE_SETSIGMASK, tid, 8, &raw const mask as usize).map(drop)
}

/// All pending `siginfo_t` of the thread, or of its process when `shared`, in queue order.
pub fn pending_signals(tid: pid_t, shared: bool) -> std::io::Result<Vec<u8>> {
    #[repr(C)]
    struct PeekArgs {
        off: u64,
        flags: u32,
        nr: i32,
    }
    const BATCH: usize = 32;
    let mut all = Vec::new();
    let mut buffer = [0u8; BATCH * SIGINFO_SIZE];
    loop {
        let args = PeekArgs {
            off: (all.len() / SIGINFO_SIZE) as u64,
            flags: if shared { PTRACE_PEEKSIGINFO_SHARED } else { 0 },
            nr: BATCH as i32,
        };
        let got = request(PTRACE_PEEKSIGINFO, tid, &raw const args as usize, buffer.as_mut_ptr() as usize)? as usize;
        all.extend_from_slice(&buffer[..got * SIGINFO_SIZE]);
        if got < BATCH {
            return Ok(all);
        }
    }
}

/// `None` on kernels before 5.13 or without rseq.
pub fn rseq_configuration(tid: pid_t) -> Option<RseqConfiguration> {
    let mut configuration = RseqConfiguration::default();
    let size = size_of::<RseqConfiguration>();
    request(PTRACE_GET_RSEQ_CONFIGURATION, tid, size, &raw mut configuration as usize).ok()?;
    Some(configuration)
}

/// `wait4(2)` without blocking: the status, or `None` while nothing changed.
pub fn poll_status(tid: pid_t) -> std::io::Result<Option<c_int>> {
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call; a null rusage is allowed.
        let got = unsafe { libc::wait4(tid, &raw mut status, libc::__WALL | libc::WNOHANG, std::ptr::null_mut()) };
        if got < 0 {
            let error = std::io::Error::last_os_error();
            if error.raw_os_error() == Some(libc::EINTR) {
                continue;
            }
            return Err(error);
        }
        return Ok((got != 0).then_some(status));
    }
}

/// Names the failing call for [`TaskError`].
pub fn named<T>(result: std::io::Result<T>, stage: &'static str, call: &'static str, pid: i32, tid: i32) -> Result<T> {
    result.map_err(|error| TaskError::io(stage, call, pid, tid, &error))
}
