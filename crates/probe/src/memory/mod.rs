// SPDX-License-Identifier: GPL-2.0-only
//! What is asked of the memory management, tried on pages of this process.

mod access;
mod attributes;
mod faults;
mod tracking;

pub use access::{map_files, memfd, mm_map, process_vm};
pub use attributes::{anonymous_names, guard_pages, transparent_huge_pages};
pub use faults::{userfaultfd, write_protect_async};
pub use tracking::{guard_scan, pagemap_scan, soft_dirty};
