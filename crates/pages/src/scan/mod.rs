// SPDX-License-Identifier: GPL-2.0-only
//! Which pages of a task have content that its mappings do not explain.

mod entries;
mod filter;
mod found;
mod ioctl;
mod populated;

pub use found::Scan;

use std::fs::File;

use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Result};
use crate::page;
use crate::range::{Kind, Range, Run, check};
use crate::sys::guards_exist;
use found::object;

/// Looks through the page map of a stopped task: pages of the ranges that are in memory or in swap
/// and not the shared zero page; for private file mappings only those that are no longer the file's.
/// Costs nothing for reservations nobody has touched.
///
/// Uses `PAGEMAP_SCAN` (6.7) and reads `/proc/PID/pagemap` where that is missing
/// (`Documentation/admin-guide/mm/pagemap.rst`).
///
/// # Errors
/// The task cannot be looked into, or the ranges are unaligned or out of order.
pub fn scan(pid: i32, ranges: &[Range]) -> Result<Scan> {
    check(&format!("pid {pid}"), ranges.iter().map(|r| (r.start, r.end)))?;
    let map = open(pid)?;
    let of = |kind| ranges.iter().filter(move |range| range.kind == kind).copied();
    let kernel: Vec<Range> = of(Kind::Kernel).collect();
    let shared: Vec<Range> = of(Kind::Shared).collect();
    let mut tasks = ranges.to_vec();
    tasks.retain(|range| !matches!(range.kind, Kind::Kernel | Kind::Shared));
    let failed =
        |errno| Error::os(ErrorKind::Task, "ioctl(PAGEMAP_SCAN)", "scan", object(pid), errno).pid(pid);
    let mut found = match ioctl::scan(&map, &tasks) {
        Err(Errno::NOTTY | Errno::NOSYS | Errno::OPNOTSUPP) => entries::scan(pid, &map, &tasks)?,
        found => found.map_err(failed)?,
    };
    let guards = ioctl::guards(&map, &shared).map_err(failed)?;
    if !guards.is_empty() {
        found.guards.extend(guards);
        found.guards.sort_unstable();
    }
    Ok(with_whole(found, &kernel))
}

/// Adds mappings that are stored whatever the page map says of them.
fn with_whole(mut found: Scan, ranges: &[Range]) -> Scan {
    for range in ranges {
        let pages = (range.end - range.start) / page::size64();
        let before = found.runs.partition_point(|run| run.start < range.start);
        let run = Run {
            start: range.start,
            pages,
            keep_zero: true,
            mapped_elsewhere: range.mapped_elsewhere,
        };
        found.runs.insert(before, run);
        found.pages += pages;
    }
    found
}

/// What [`scan`] does on kernels before 6.7, so that both ways can be held against each other.
/// Reports pages of the shared zero page too, which cannot be told from others.
///
/// # Errors
/// As for [`scan`].
pub fn scan_entries(pid: i32, ranges: &[Range]) -> Result<Scan> {
    check(&format!("pid {pid}"), ranges.iter().map(|r| (r.start, r.end)))?;
    entries::scan(pid, &open(pid)?, ranges)
}

/// Whether a page that cannot be read is a guard page: one that the kernel tells as such, or, in 6.13
/// and 6.14 which do not, one that looks like swap.
pub(crate) fn may_be_guard(pid: i32, address: u64) -> bool {
    let ambiguous = guards_exist() && !ioctl::tells_guards();
    open(pid)
        .and_then(|map| entries::entry(pid, &map, address))
        .is_ok_and(|entry| entries::is_guard(entry) || ambiguous && entries::is_swapped(entry))
}

fn open(pid: i32) -> Result<File> {
    File::open(format!("/proc/{pid}/pagemap"))
        .map_err(|error| Error::io(ErrorKind::Task, "openat", "read", object(pid), &error).pid(pid))
}
