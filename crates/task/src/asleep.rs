// SPDX-License-Identifier: GPL-2.0-only
//! Threads in uninterruptible sleep (state D), which no tracer can stop: what they wait for.
use crate::arch::VFORK;
use crate::{ErrorKind, Memory, RemoteAddress, TaskError, procfs};
use stasis_kernel_text::task::syscall::{self, Syscall};
use std::time::Duration;

/// The error that names what keeps a thread from stopping.
pub(crate) fn error(pid: i32, tid: i32, waited: Duration) -> TaskError {
    let failed = |cause: String| TaskError {
        tid,
        ..TaskError::because("stop a thread", pid, cause).of_kind(ErrorKind::Asleep)
    };
    let call = call_of(pid, tid);
    if call.is_some_and(|(number, arguments)| is_vfork(pid, number, &arguments)) {
        // The youngest child is the one that it waits for: it has made none since.
        let child = procfs::children(pid, tid)
            .ok()
            .and_then(|all| all.last().copied());
        let named = child.map_or_else(
            || String::from("a child"),
            |child| format!("its child {child} ({})", procfs::comm(child)),
        );
        return failed(format!(
            "it is in vfork(2) and waits for {named}, which has its memory and has neither executed a program nor ended"
        ))
        .hint("dump it when the child has done so; until then nothing can stop the parent");
    }
    let place = std::fs::read_to_string(format!("/proc/{pid}/task/{tid}/wchan")).unwrap_or_default();
    let place = match place.trim() {
        "" | "0" => String::new(),
        function => format!(", in {function} of the kernel"),
    };
    let call = call.map_or(String::new(), |(number, _)| format!(", in system call {number}"));
    failed(format!(
        "it is still in uninterruptible sleep (D) after {waited:.1?}{call}{place}"
    ))
    .hint("it waits for a device, a network file system or memory; dump it when that has answered")
}

/// Number and arguments of the system call that a thread sleeps in.
fn call_of(pid: i32, tid: i32) -> Option<(i64, [u64; 6])> {
    let text = std::fs::read(format!("/proc/{pid}/task/{tid}/syscall")).ok()?;
    match syscall::parse(&text).ok()? {
        Syscall::Inside {
            number, arguments, ..
        } => Some((i64::from(number), arguments)),
        _ => None,
    }
}

fn is_vfork(pid: i32, number: i64, arguments: &[u64; 6]) -> bool {
    let flags = match number {
        VFORK => return true,
        libc::SYS_clone => arguments[0],
        // `struct clone_args` begins with them.
        libc::SYS_clone3 => Memory::open(pid)
            .and_then(|memory| memory.read_u64(RemoteAddress(arguments[0])))
            .unwrap_or(0),
        _ => 0,
    };
    flags & libc::CLONE_VFORK as u64 != 0
}
