// SPDX-License-Identifier: GPL-2.0-only
//! Parsers of what the kernel prints: bytes in, values out, no host access.
//!
//! Most of them run while a task is frozen. So they work on `&[u8]` (paths and names are bytes, not
//! UTF-8), borrow from the text where a list can be long, and never panic, whatever they are fed.
//!
//! | text | module | printed by |
//! | --- | --- | --- |
//! | `/proc/PID/maps` | [`maps`] | `fs/proc/task_mmu.c` |
//! | `/proc/PID/smaps` | [`smaps`] | `fs/proc/task_mmu.c` |
//! | `/proc/PID/{stat,status,limits,timers,cgroup,…}` | [`task`] | `fs/proc/{array,base}.c` |
//! | `/proc/PID/fdinfo/N` | [`fdinfo`] | `fs/proc/fd.c` and each `show_fdinfo` |
//! | targets of `/proc/PID/{fd,exe,cwd,root,ns,map_files}` links | [`link`] | `fs/d_path.c` |
//! | `/proc/locks` | [`locks`] | `fs/locks.c` |
//! | `/proc/PID/mountinfo` | [`mountinfo`] | `fs/proc_namespace.c` |
//! | vdso image, build ids | [`elf`] | the ELF specification |
//!
//! # Why not `procfs-core` underneath
//!
//! It is the reference of the tests, but cannot carry a dump: it decodes lossily or refuses bytes that are
//! not UTF-8 (a legal path), trims names, drops the `VmFlags` it has no bit for, knows no fdinfo, builds a
//! `HashMap` of strings for each VMA (`cargo bench -p stasis-kernel-text` prints the difference), and panics
//! on a short `stat` or `limits`.

#![forbid(unsafe_code)]

mod dev;
pub mod elf;
mod error;
mod escape;
pub mod fdinfo;
pub mod link;
pub mod locks;
pub mod maps;
pub mod mountinfo;
mod scan;
pub mod smaps;
pub mod task;

pub use dev::Dev;
pub use error::{Result, TextError};
pub use escape::{split_deleted, unescape_octal};
