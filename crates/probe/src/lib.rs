// SPDX-License-Identifier: GPL-2.0-only
//! What the running kernel, this machine and the rights of this process offer to a checkpoint.
//!
//! One function a feature, each of which tries the thing itself, on memory and descriptors of this process or
//! on a child of its own; none looks at version numbers, for distributions bring features to old kernels and
//! leave them out of new ones. [`report`] calls them all: some milliseconds, nothing left behind.

mod cpu;
mod descriptors;
mod feature;
mod memory;
mod report;
mod sockets;
mod sys;
mod system;
mod task;

pub use cpu::extended_registers;
pub use descriptors::eventfd_semaphore;
pub use feature::{Availability, Feature};
pub use memory::{
    anonymous_names, guard_pages, guard_scan, map_files, memfd, mm_map, pagemap_scan, process_vm, soft_dirty,
    transparent_huge_pages, userfaultfd, write_protect_async,
};
pub use report::{Report, report};
pub use sockets::socket_diag;
pub use system::{binder, cgroup_freezer, configfs, framebuffer};
pub use task::{
    capabilities, children, kcmp, membarrier_registrations, pidfd_getfd, posix_timers, ptrace_scope,
    rseq_configuration, set_tid, timer_restore_ids,
};
