// SPDX-License-Identifier: GPL-2.0-only
//! What has to be done at a thread's first stop.
//!
//! Safety: each request passes a buffer of the length that the kernel fills or reads: `siginfo_t`, and for
//! `PTRACE_GET_SYSCALL_INFO` the length that goes with it.
#![allow(unsafe_code)]

use super::interrupted::{SVC_LENGTH, is_call};
use super::registers::X8;
use crate::ptrace::{SIGINFO_SIZE, get_signal_mask, named, set_signal_mask};
use crate::{Memory, RemoteAddress, Result, Thread};
use std::ffi::c_void;
use std::io;

/// Makes a system call repeatable that our stop made give up with EINTR.
///
/// The kernel has dropped its first argument, and shows it only as part of a call that waits for seccomp's tracer. By that
/// argument such a thread is told from one that came back from a handler after an EINTR of its own, which looks the same
/// otherwise.
pub(crate) fn settle(thread: &Thread) -> Result<()> {
    let (pid, tid) = (thread.pid, thread.tid);
    let mut registers = thread.registers()?;
    let number = registers.x[X8].cast_signed();
    if registers.result() != -i64::from(libc::EINTR) || !GIVE_UP.contains(&number) {
        return Ok(());
    }
    let call = registers.pc.wrapping_sub(SVC_LENGTH);
    let memory = Memory::open(pid)?;
    if !is_call(&memory, call) {
        return Ok(());
    }
    let asked = first_argument(tid);
    let first = named(
        asked,
        "ask for a system call",
        "PTRACE_GET_SYSCALL_INFO",
        pid,
        tid,
    )?;
    if !fits(number, first, pid, &memory) {
        return Ok(());
    }
    // The call may have a mask of its own, which is in force yet: with it a signal would be taken out of turn, the call
    // repeated, and a wakeup lost.
    let own = named(
        get_signal_mask(tid),
        "read the signal mask",
        "PTRACE_GETSIGMASK",
        pid,
        tid,
    )?;
    named(
        set_signal_mask(tid, own),
        "set the signal mask",
        "PTRACE_SETSIGMASK",
        pid,
        tid,
    )?;
    registers.x[0] = first;
    registers.pc = call;
    thread.set_registers(&registers)
}

/// Calls that give up at any interruption (signal(7), "Interruption of system calls and library functions by stop
/// signals"), have had no effect then, and can be told by their first argument.
const GIVE_UP: [i64; 3] = [
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_rt_sigtimedwait,
];

fn fits(number: i64, first: u64, pid: i32, memory: &Memory) -> bool {
    if number == libc::SYS_rt_sigtimedwait {
        // The set of signals that it waits for.
        return first.is_multiple_of(8) && memory.read_u64(RemoteAddress(first)).is_ok_and(|set| set != 0);
    }
    let link = std::fs::read_link(format!("/proc/{pid}/fd/{}", first as i32));
    link.is_ok_and(|link| link.as_os_str() == "anon_inode:[eventpoll]")
}

/// x0 as it was when the last system call began (`orig_x0`).
fn first_argument(tid: i32) -> io::Result<u64> {
    const PTRACE_GET_SYSCALL_INFO: u32 = 0x420e;
    /// In `struct ptrace_syscall_info`: the first argument, where `op` says seccomp.
    const ARGUMENT: usize = 32;
    const SYSCALL_INFO: usize = 88;
    const CODE: usize = 8;
    let mut own = [0u8; SIGINFO_SIZE];
    request(libc::PTRACE_GETSIGINFO, tid, 0, own.as_mut_ptr().cast())?;
    let mut other = own;
    let seccomp = libc::SIGTRAP | libc::PTRACE_EVENT_SECCOMP << 8;
    other[CODE..CODE + 4].copy_from_slice(&seccomp.to_le_bytes());
    request(libc::PTRACE_SETSIGINFO, tid, 0, other.as_mut_ptr().cast())?;
    let mut info = [0u8; SYSCALL_INFO];
    let asked = request(
        PTRACE_GET_SYSCALL_INFO,
        tid,
        SYSCALL_INFO,
        info.as_mut_ptr().cast(),
    );
    request(libc::PTRACE_SETSIGINFO, tid, 0, own.as_mut_ptr().cast())?;
    asked?;
    let first = info[ARGUMENT..].first_chunk::<8>();
    Ok(first.map_or(0, |bytes| u64::from_le_bytes(*bytes)))
}

fn request(op: u32, tid: i32, addr: usize, data: *mut c_void) -> io::Result<()> {
    // SAFETY: see above.
    let result = unsafe { libc::ptrace(op as _, tid, addr as *mut c_void, data) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
