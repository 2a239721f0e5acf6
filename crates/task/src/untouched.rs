// SPDX-License-Identifier: GPL-2.0-only
//! Room for a few bytes in a process that nothing of its own is in, without a mapping of ours.
use crate::{RemoteAddress, Result, TaskError};
use stasis_kernel_text::maps::{self, Name, Perms};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

const STAGE: &str = "find room for a remote call";
/// In a word of `/proc/PID/pagemap` (Documentation/admin-guide/mm/pagemap.rst): present, swapped.
const USED: u64 = 1 << 63 | 1 << 62;

/// The lowest pages of the main thread's stack that nobody has touched: the kernel makes it longer than any program needs at
/// once. What was left there by an attempt that died is not taken again, for a thread may still be on its way home through it.
pub(crate) fn room(pid: i32, size: u64) -> Result<RemoteAddress> {
    let stack = stack(pid)?;
    let page = stasis_arena::page_size();
    let wanted = size.div_ceil(page);
    let words = pagemap(pid, stack.start / page, (stack.end - stack.start) / page)?;
    let mut free = 0;
    for (index, word) in (0u64..).zip(words) {
        free = if word & USED == 0 { free + 1 } else { 0 };
        if free == wanted {
            return Ok(RemoteAddress(stack.start + (index + 1 - wanted) * page));
        }
    }
    Err(no_room(pid, "every page of its stack is in use"))
}

fn stack(pid: i32) -> Result<Range<u64>> {
    let text = std::fs::read(format!("/proc/{pid}/maps"))
        .map_err(|error| TaskError::io(STAGE, "read", pid, 0, &error))?;
    let stack = maps::iter(&text)
        .flatten()
        .find(|vma| vma.kind() == Name::Stack && vma.perms.contains(Perms::WRITE));
    stack
        .map(|vma| vma.start..vma.end)
        .ok_or_else(|| no_room(pid, "it has no stack of the kernel's making"))
}

fn pagemap(pid: i32, first: u64, count: u64) -> Result<Vec<u64>> {
    let failed = |error: std::io::Error| TaskError::io(STAGE, "read", pid, 0, &error);
    let file = File::open(format!("/proc/{pid}/pagemap")).map_err(failed)?;
    let mut bytes = vec![0; usize::try_from(count * 8).unwrap_or(0)];
    file.read_exact_at(&mut bytes, first * 8).map_err(failed)?;
    let words = bytes.as_chunks::<8>().0.iter();
    Ok(words.map(|word| u64::from_le_bytes(*word)).collect())
}

fn no_room(pid: i32, cause: &str) -> TaskError {
    TaskError::because(STAGE, pid, cause)
}
