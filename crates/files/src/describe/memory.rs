// SPDX-License-Identifier: GPL-2.0-only
//! memfds, and the other files of the kernel's internal tmpfs and hugetlbfs mounts (memfd_create(2)).

use super::{Case, Stop};
use crate::attributes::attributes;
use crate::context::Context;
use crate::refusals::Reason;
use rustix::fs::{MemfdFlags, fcntl_get_seals, fstat, memfd_create};
use stasis_kernel_text::link::Target;
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{Description, Memfd};
use std::os::fd::AsRawFd;

const TMPFS: u32 = 0x0102_1994;
const HUGETLBFS: u32 = 0x9584_58f6;

/// `None`: an ordinary file after all.
pub(super) fn examine(
    context: &mut Context<'_>,
    case: &Case<'_>,
    target: Target<'_>,
    found: &mut Description,
) -> Result<Option<Kind>, Stop> {
    let huge = found.fs_magic == HUGETLBFS;
    if !huge && (found.fs_magic != TMPFS || case.stat.st_dev != internal_device(context, case)?) {
        return Ok(None);
    }
    let Target::Memfd(name) = target else {
        if huge {
            return Ok(None);
        }
        // Shared anonymous memory or a SysV segment, opened through /proc/PID/map_files.
        let cause = format!("{} is open as a file", String::from_utf8_lossy(case.link));
        return Err(Reason::new("shared memory without a name", cause, "").into());
    };
    let seals = fcntl_get_seals(case.fd);
    if huge && seals.is_err() && !case.path_only() {
        return Ok(None);
    }
    let stat = &case.stat;
    let object = context.objects.intern(stat.st_dev, stat.st_ino);
    object.memfd = true;
    object.huge = huge;
    object.name = String::from_utf8_lossy(name).into_owned();
    object.size = stat.st_size as u64;
    if object.attributes.is_empty() {
        object.attributes = attributes(&format!("/proc/self/fd/{}", case.fd.as_raw_fd()), b"");
    }
    (object.mode, object.uid, object.gid) = (stat.st_mode, stat.st_uid, stat.st_gid);
    if let Ok(seals) = seals {
        object.seals = seals.bits();
    }
    if object.fd < 0 && !case.path_only() {
        // In flight only: the survey keeps a descriptor of its own.
        (object.pid, object.fd) = (found.pid, found.fd);
        object.description = found.id;
        // Of the task that has it mapped, which may be another one: the same addresses of this one may be anything.
        (object.map_start, object.map_end) = (0, 0);
    }
    let memory_object = object.id;
    if let Some(file) = &mut found.file {
        file.deleted = true;
        file.path = [b"/memfd:", name].concat();
    }
    Ok(Some(Kind::Memfd(Memfd { memory_object })))
}

/// `st_dev` of the mount that memfds live on, seen on one of our own.
fn internal_device(context: &mut Context<'_>, case: &Case<'_>) -> Result<u64, Stop> {
    if let Some(dev) = context.shmem_dev {
        return Ok(dev);
    }
    let own = memfd_create(c"stasis", MemfdFlags::CLOEXEC)
        .map_err(|e| case.failed("look at", "memfd_create", e))?;
    let dev = fstat(&own)
        .map_err(|e| case.failed("look at", "fstat", e))?
        .st_dev;
    context.shmem_dev = Some(dev);
    Ok(dev)
}
