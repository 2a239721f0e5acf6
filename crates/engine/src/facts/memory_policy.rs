// SPDX-License-Identifier: GPL-2.0-only
//! The memory policies of threads (set_mempolicy(2)), which only numa_maps tells from outside. It is looked at for the first
//! mapping only, which is a small one of the program's file and has none of its own as good as always: the kernel goes through
//! the pages of each mapping that it prints.
use rustix::fs::{Mode, OFlags, openat};
use stasis_kernel_text::task::numa_maps;
use std::os::fd::AsFd;
use std::sync::OnceLock;

/// For an address and the longest policy.
const BEGINNING: usize = 256;

/// Of one thread; `folder`: `/proc/PID/task`. Empty for the default, and on kernels without NUMA.
pub(crate) fn of(folder: impl AsFd, tid: i32) -> String {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let mut text = [0u8; BEGINNING];
    openat(folder, format!("{tid}/numa_maps"), flags, Mode::empty())
        .and_then(|file| rustix::io::read(&file, &mut text))
        .ok()
        .and_then(|length| numa_maps::first_policy(&text[..length]))
        .unwrap_or_default()
}

/// Whether memory can be on one node or another: if not, threads that differ from their leader are not looked for.
pub(crate) fn matters() -> bool {
    static SEVERAL: OnceLock<bool> = OnceLock::new();
    *SEVERAL.get_or_init(|| {
        std::fs::read_to_string("/sys/devices/system/node/online")
            .is_ok_and(|nodes| nodes.contains([',', '-']))
    })
}
