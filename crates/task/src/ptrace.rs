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
pub(crate) const SIGINFO_SIZE: usize = 128;

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

fn request(op: impl Into<i64>, tid: pid_t, addr: usize, data: usize) -> std::io::Result<i64> {
    // SAFETY: see the module's Safety section; glibc's and musl's variadic wrappers pass both words through.
    let result = unsafe { libc::ptrace(op.into() as _, tid, addr as *mut c_void, data as *mut c_void) };
    if result < 0 {
        Err(std::io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Attaches without stopping the thread (`PTRACE_SEIZE`); `kill_on_exit` makes the tracee die with this process.
pub(crate) fn seize(tid: pid_t, kill_on_exit: bool) -> std::io::Result<()> {
    let mut options = libc::PTRACE_O_TRACESYSGOOD;
    if kill_on_exit {
        options |= libc::PTRACE_O_EXITKILL;
    }
    request(libc::PTRACE_SEIZE, tid, 0, options as usize).map(drop)
}

/// Makes a tracee die with its tracer, as if it had been seized so.
pub(crate) fn set_exit_kill(tid: pid_t) -> std::io::Result<()> {
    let options = libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL;
    request(libc::PTRACE_SETOPTIONS, tid, 0, options as usize).map(drop)
}

/// Lets a tracee, which is stopped, live on when its tracer dies.
pub(crate) fn clear_exit_kill(tid: pid_t) -> std::io::Result<()> {
    request(
        libc::PTRACE_SETOPTIONS,
        tid,
        0,
        libc::PTRACE_O_TRACESYSGOOD as usize,
    )
    .map(drop)
}

pub(crate) fn interrupt(tid: pid_t) -> std::io::Result<()> {
    request(libc::PTRACE_INTERRUPT, tid, 0, 0).map(drop)
}

pub(crate) fn resume(tid: pid_t, signal: c_int) -> std::io::Result<()> {
    request(libc::PTRACE_CONT, tid, 0, signal as usize).map(drop)
}

/// Resumes up to the next entry into or exit from a system call.
pub(crate) fn resume_to_syscall(tid: pid_t, signal: c_int) -> std::io::Result<()> {
    request(libc::PTRACE_SYSCALL, tid, 0, signal as usize).map(drop)
}

pub(crate) fn detach(tid: pid_t, signal: c_int) -> std::io::Result<()> {
    request(libc::PTRACE_DETACH, tid, 0, signal as usize).map(drop)
}

/// `kill(2)`.
pub(crate) fn kill(pid: pid_t, signal: c_int) -> std::io::Result<()> {
    // SAFETY: integers only.
    if unsafe { libc::kill(pid, signal) } < 0 {
        Err(std::io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Reads a register set into `buffer`; returns the bytes that the kernel filled.
pub(crate) fn get_regset(tid: pid_t, set: usize, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut iov = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    request(libc::PTRACE_GETREGSET, tid, set, &raw mut iov as usize)?;
    Ok(iov.iov_len)
}

pub(crate) fn set_regset(tid: pid_t, set: usize, buffer: &[u8]) -> std::io::Result<()> {
    let mut iov = libc::iovec {
        iov_base: buffer.as_ptr().cast_mut().cast(),
        iov_len: buffer.len(),
    };
    request(libc::PTRACE_SETREGSET, tid, set, &raw mut iov as usize).map(drop)
}

/// The general registers as the kernel's array of 64-bit words.
pub(crate) fn get_general<const WORDS: usize>(tid: pid_t) -> std::io::Result<[u64; WORDS]> {
    let mut words = [0u64; WORDS];
    let mut iov = libc::iovec {
        iov_base: words.as_mut_ptr().cast(),
        iov_len: size_of_val(&words),
    };
    request(libc::PTRACE_GETREGSET, tid, NT_PRSTATUS, &raw mut iov as usize)?;
    if iov.iov_len != size_of_val(&words) {
        // A 32-bit task answers with its own, shorter layout.
        return Err(std::io::Error::from_raw_os_error(libc::ENOEXEC));
    }
    Ok(words)
}

pub(crate) fn set_general<const WORDS: usize>(tid: pid_t, words: &[u64; WORDS]) -> std::io::Result<()> {
    let mut iov = libc::iovec {
        iov_base: words.as_ptr().cast_mut().cast(),
        iov_len: size_of_val(words),
    };
    request(libc::PTRACE_SETREGSET, tid, NT_PRSTATUS, &raw mut iov as usize).map(drop)
}

/// The blocked signals; inside `sigsuspend` and friends the mask to which they will return.
pub(crate) fn get_signal_mask(tid: pid_t) -> std::io::Result<u64> {
    let mut mask = 0u64;
    request(PTRACE_GETSIGMASK, tid, 8, &raw mut mask as usize)?;
    Ok(mask)
}

pub(crate) fn set_signal_mask(tid: pid_t, mask: u64) -> std::io::Result<()> {
    request(PTRACE_SETSIGMASK, tid, 8, &raw const mask as usize).map(drop)
}

/// All pending `siginfo_t` of the thread, or of its process when `shared`, in queue order.
pub(crate) fn pending_signals(tid: pid_t, shared: bool) -> std::io::Result<Vec<u8>> {
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
        let got = request(
            PTRACE_PEEKSIGINFO,
            tid,
            &raw const args as usize,
            buffer.as_mut_ptr() as usize,
        )? as usize;
        all.extend_from_slice(&buffer[..got * SIGINFO_SIZE]);
        if got < BATCH {
            return Ok(all);
        }
    }
}

/// `None` on kernels before 5.13 or without rseq.
pub(crate) fn rseq_configuration(tid: pid_t) -> Option<RseqConfiguration> {
    let mut configuration = RseqConfiguration::default();
    let size = size_of::<RseqConfiguration>();
    request(
        PTRACE_GET_RSEQ_CONFIGURATION,
        tid,
        size,
        &raw mut configuration as usize,
    )
    .ok()?;
    Some(configuration)
}

/// Whether system calls of the thread go to a handler of its own (`PR_SET_SYSCALL_USER_DISPATCH`); no before 6.4, which
/// cannot tell.
pub(crate) fn dispatches_syscalls(tid: pid_t) -> bool {
    /// include/uapi/linux/ptrace.h
    const PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG: u32 = 0x4211;
    // Mode, selector, offset, length.
    let mut configuration = [0u64; 4];
    let size = size_of_val(&configuration);
    let asked = request(
        PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG,
        tid,
        size,
        configuration.as_mut_ptr() as usize,
    );
    asked.is_ok() && configuration[0] != 0
}

/// The status of a stop or the end of a thread as `wait4(2)` tells it, without blocking; `None` while it runs.
///
/// A stop is looked at, not taken note of (`WNOWAIT`): to take note of one in which a signal is about to be delivered takes
/// that signal out of the task (`wait_task_stopped`, kernel/exit.c), and it would be lost with us if we died before we
/// passed it on.
pub(crate) fn poll_status(tid: pid_t) -> std::io::Result<Option<c_int>> {
    match look(tid)? {
        Some(Look::Stopped(status)) => Ok(Some(status)),
        Some(Look::Ended) => reap(tid),
        None => Ok(None),
    }
}

enum Look {
    Stopped(c_int),
    Ended,
}

fn look(tid: pid_t) -> std::io::Result<Option<Look>> {
    // SAFETY: zero is a value of siginfo_t, and what the kernel leaves where nothing changed.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let flags = libc::WSTOPPED | libc::WEXITED | libc::WNOWAIT | libc::WNOHANG | libc::__WALL;
    loop {
        // SAFETY: `info` outlives the call.
        if unsafe { libc::waitid(libc::P_PID, tid.unsigned_abs(), &raw mut info, flags) } == 0 {
            break;
        }
        let error = std::io::Error::last_os_error();
        if error.raw_os_error() != Some(libc::EINTR) {
            return Err(error);
        }
    }
    // SAFETY: waitid fills in what belongs to SIGCHLD, or nothing.
    let pid = unsafe { info.si_pid() };
    // SAFETY: the same.
    let status = unsafe { info.si_status() };
    Ok(match info.si_code {
        _ if pid == 0 => None,
        libc::CLD_TRAPPED | libc::CLD_STOPPED => Some(Look::Stopped(status << 8 | 0x7f)),
        _ => Some(Look::Ended),
    })
}

fn reap(tid: pid_t) -> std::io::Result<Option<c_int>> {
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call; a null rusage is allowed.
        let got = unsafe {
            libc::wait4(
                tid,
                &raw mut status,
                libc::__WALL | libc::WNOHANG,
                std::ptr::null_mut(),
            )
        };
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

/// The status of the stop that a thread is in, as `wait4` would have told; `None` while it runs.
///
/// For a stop that somebody else was told about: any thread of the tracing process may wait for its
/// children, and an event loop that does (libuv, for a target that is its own child) takes the news away.
pub(crate) fn current_status(tid: pid_t) -> Option<c_int> {
    let mut info = [0i32; SIGINFO_SIZE / 4];
    request(libc::PTRACE_GETSIGINFO, tid, 0, info.as_mut_ptr() as usize).ok()?;
    let [signal, _, code, ..] = info;
    // `ptrace_do_notify` puts the exit code of an event into si_code; other values are those of a signal.
    let event = code >> 8 == libc::PTRACE_EVENT_STOP || code == libc::SIGTRAP | 0x80;
    Some(if event {
        code << 8 | 0x7f
    } else {
        signal << 8 | 0x7f
    })
}

/// Keeps the kernel from raising `SIGCHLD` in this process for every stop of a traced thread.
///
/// Nobody here wants it, and an event loop would look at all its children each time. The handler stays as it is.
pub(crate) fn silence_stops() {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the kernel fills the struct.
    if unsafe { libc::sigaction(libc::SIGCHLD, std::ptr::null(), action.as_mut_ptr()) } != 0 {
        return;
    }
    // SAFETY: zeroed, then filled: every field is a number or a nullable pointer.
    let mut action = unsafe { action.assume_init() };
    if action.sa_flags & libc::SA_NOCLDSTOP == 0 {
        action.sa_flags |= libc::SA_NOCLDSTOP;
        // SAFETY: the same action as before, with one flag more.
        unsafe { libc::sigaction(libc::SIGCHLD, &raw const action, std::ptr::null_mut()) };
    }
}

/// Names the failing call for [`TaskError`].
pub(crate) fn named<T>(
    result: std::io::Result<T>,
    stage: &'static str,
    call: &'static str,
    pid: i32,
    tid: i32,
) -> Result<T> {
    result.map_err(|error| TaskError::io(stage, call, pid, tid, &error))
}
