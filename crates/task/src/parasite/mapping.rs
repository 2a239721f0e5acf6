// SPDX-License-Identifier: GPL-2.0-only
//! The parasite's mapping as /proc shows it.
use crate::{Result, TaskError};
use stasis_abi::Sys;
use stasis_arena::{Arena, Builder, Step, Value};
use stasis_kernel_text::smaps::{self, VmFlags};
use std::os::fd::OwnedFd;

/// The object behind a task's own shared anonymous mapping.
pub(super) fn open(pid: i32, base: u64, size: u64) -> Result<OwnedFd> {
    let path = format!("/proc/{pid}/map_files/{base:x}-{:x}", base + size);
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|error| {
            let failed = TaskError::io("map the parasite", "open", pid, 0, &error);
            if failed.errno == libc::EPERM {
                failed.hint("needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN")
            } else {
                failed
            }
        })?;
    Ok(file.into())
}

/// Asks whether the arena's pages are locked, as all new ones are after `mlockall(MCL_FUTURE)`. To invalidate caches of
/// shared memory is nothing to do on Linux, but refused with `EBUSY` where memory is locked (mm/msync.c). Gives the slot
/// of the main thread with the answer.
pub(super) fn ask_locked(builder: &mut Builder) -> u16 {
    const MAIN: u32 = 0;
    let slot = builder.slot(MAIN);
    let args = [Value::Data(0), 1u64.into(), libc::MS_INVALIDATE.into()];
    builder.push(MAIN, Step::call(Sys::Msync, &args).any().save(slot));
    slot
}

/// What [`ask_locked`] was answered.
pub(super) fn is_locked(arena: &Arena, slot: u16) -> bool {
    arena.slot(0, slot) == Some(i64::from(-libc::EBUSY).cast_unsigned())
}

/// `MCL_FUTURE`, and `MCL_ONFAULT` where the new mapping at `base` has it.
pub(super) fn lock_of(pid: i32, base: u64) -> u32 {
    let text = std::fs::read(format!("/proc/{pid}/smaps")).unwrap_or_default();
    let mapping = smaps::iter(&text)
        .flatten()
        .find(|smap| smap.vma.start <= base && base < smap.vma.end);
    let on_fault = mapping.is_some_and(|smap| smap.flags.contains(VmFlags::LOCK_ON_FAULT));
    (libc::MCL_FUTURE | if on_fault { libc::MCL_ONFAULT } else { 0 }).cast_unsigned()
}
