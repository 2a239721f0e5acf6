// SPDX-License-Identifier: GPL-2.0-only
use crate::{ErrorKind, TaskError};
use stasis_kernel_text::task::limits;

/// Why a process has no room for one more mapping, where it is its own limit that keeps it from that (`may_expand_vm`,
/// mm/mmap.c), and not a lack of memory.
pub(super) fn explained(error: TaskError, size: u64) -> TaskError {
    if error.errno != libc::ENOMEM {
        return error;
    }
    let Some(limit) = address_space(error.pid) else {
        return error;
    };
    let cause =
        format!("its limit on address space (RLIMIT_AS, {limit} bytes) leaves no room for {size} bytes");
    TaskError::because(error.stage, error.pid, cause)
        .of_kind(ErrorKind::Unsupported)
        .hint(format!(
            "raise it for the time of the dump: prlimit --pid {} --as=BYTES",
            error.pid
        ))
}

/// `None`: there is none, or one that is not to be seen.
fn address_space(pid: i32) -> Option<u64> {
    let text = std::fs::read(format!("/proc/{pid}/limits")).ok()?;
    let limits = limits::parse(&text).ok()?;
    let limit = limits.get(libc::RLIMIT_AS as usize)?.soft;
    (limit != limits::INFINITY).then_some(limit)
}
