// SPDX-License-Identifier: GPL-2.0-only
use crate::feature::{Feature, Found, Lack};
use crate::sys::calls;
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use stasis_kernel_text::maps::{self, Name};
use std::fs::File;

/// `process_vm_readv(2)`: page pipes copy with it (`CONFIG_CROSS_MEMORY_ATTACH`, 3.2).
pub fn process_vm() -> Feature {
    let pattern = 0x5742_5453_5349_5f21;
    let found = match calls::read_self(&pattern) {
        Ok(copy) if copy == pattern => Ok("copies memory".to_owned()),
        Ok(_) => Err(Lack::missing("copied something else")),
        Err(errno) => Err(Lack::from_errno("process_vm_readv", errno)),
    };
    Feature::required("process_vm_readv", "no memory can be read: no dump", found)
}

/// `/proc/PID/map_files`: the parasite's arena and mapped files without a path are opened there (by others
/// than their owner since 5.9 with `CAP_CHECKPOINT_RESTORE`, before with `CAP_SYS_ADMIN`;
/// `proc_map_files_get_link` in `fs/proc/base.c`).
pub fn map_files() -> Feature {
    let costs = "the parasite cannot share its memory, deleted mapped files cannot be read: no dump";
    Feature::required("/proc/PID/map_files", costs, open_own_mapping())
}

fn open_own_mapping() -> Found {
    let text =
        std::fs::read("/proc/self/maps").map_err(|e| Lack::untried(format!("read /proc/self/maps: {e}")))?;
    let file = maps::iter(&text)
        .flatten()
        .find(|vma| matches!(vma.kind(), Name::File { .. }));
    let vma = file.ok_or_else(|| Lack::untried("this process maps no file"))?;
    match File::open(format!("/proc/self/map_files/{:x}-{:x}", vma.start, vma.end)) {
        Ok(_) => Ok("links can be followed".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Err(Lack::missing(
            "not permitted: needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN",
        )),
        Err(error) => Err(Lack::missing(format!("open: {error}"))),
    }
}

/// `PR_SET_MM_MAP` (3.18, `CONFIG_CHECKPOINT_RESTORE`), by `PR_SET_MM_MAP_SIZE`.
pub fn mm_map() -> Feature {
    let found = match calls::mm_map_size() {
        Ok(size) => Ok(format!("{size} bytes of fields")),
        Err(errno) => Err(Lack::from_errno("PR_SET_MM_MAP_SIZE", errno)),
    };
    let costs = "program break, arguments and executable of a task cannot be set: no restore";
    Feature::required("PR_SET_MM_MAP", costs, found)
}

/// `memfd_create(2)` with seals (3.17).
pub fn memfd() -> Feature {
    let found = match memfd_create("probe", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING) {
        Ok(_) => match memfd_create("probe", MemfdFlags::CLOEXEC | MemfdFlags::NOEXEC_SEAL) {
            Ok(_) => Ok("with MFD_NOEXEC_SEAL".to_owned()),
            Err(Errno::INVAL) => Ok("without MFD_NOEXEC_SEAL (6.3)".to_owned()),
            Err(errno) => Err(Lack::from_errno("memfd_create", errno)),
        },
        Err(errno) => Err(Lack::from_errno("memfd_create", errno)),
    };
    Feature::required(
        "memfd_create",
        "restore programs have nowhere to lie: no restore",
        found,
    )
}
