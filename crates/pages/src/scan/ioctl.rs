// SPDX-License-Identifier: GPL-2.0-only
//! `PAGEMAP_SCAN`: the kernel walks page tables only, so that what was never touched costs nothing.

use std::fs::File;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{Errno, Result};

use crate::range::{Kind, Range};
use crate::scan::Scan;
use crate::scan::filter::place;
use crate::sys::categories::{FILE, GUARD, PFNZERO, PRESENT, SWAPPED};
use crate::sys::{Region, Request, pagemap_scan};

/// Ranges closer than this share a call: walking a few foreign pages is cheaper than entering the
/// kernel again, and a task may have a hundred thousand mappings.
const GAP: u64 = 1 << 20;

/// From this size on, anonymous ranges are not mixed with mappings of files: asking of a page
/// whether it belongs to a file makes the kernel fetch its descriptor, which takes most of the time.
const LARGE: u64 = 1 << 20;

/// Regions a call.
const REGIONS: usize = 4096;

pub(super) fn scan(map: &File, ranges: &[Range]) -> Result<Scan> {
    let mut found = Scan::default();
    let mut regions = vec![
        Region {
            start: 0,
            end: 0,
            categories: 0
        };
        REGIONS
    ];
    for window in ranges.chunk_by(joins) {
        let file = if window.iter().any(|range| range.kind == Kind::FilePrivate) {
            FILE
        } else {
            0
        };
        let (Some(first), Some(last)) = (window.first(), window.last()) else {
            continue;
        };
        let mut pending = window;
        let mut start = first.start;
        while start < last.end {
            let count = call(map, start, last.end, file, &mut regions)?;
            for region in &regions[..count] {
                pending = intersect(&mut found, pending, region);
            }
            // Not `walk_end`: the kernel (6.18, `do_pagemap_scan`) leaves it where its own buffer of 512
            // regions was last full, and going on from there would report regions twice.
            start = if count == regions.len() {
                regions[count - 1].end
            } else {
                last.end
            };
        }
    }
    Ok(found)
}

fn joins(a: &Range, b: &Range) -> bool {
    let small = |range: &Range| range.end - range.start < LARGE;
    b.start - a.end <= GAP && (a.kind == b.kind || small(a) && small(b))
}

/// Kernels before 6.15 refuse the category they do not know.
static KNOWS_GUARDS: AtomicBool = AtomicBool::new(true);

/// Whether this kernel tells guard pages from swapped ones; known once something was scanned.
pub(super) fn tells_guards() -> bool {
    KNOWS_GUARDS.load(Ordering::Relaxed)
}

fn call(map: &File, start: u64, end: u64, file: u64, regions: &mut [Region]) -> Result<usize> {
    loop {
        let knows = tells_guards();
        let guard = if knows { GUARD } else { 0 };
        let request = Request {
            start,
            end,
            any_of: PRESENT | SWAPPED,
            report: PRESENT | PFNZERO | file | guard,
        };
        match pagemap_scan(map.as_fd(), request, regions) {
            Err(Errno::INVAL) if knows => KNOWS_GUARDS.store(false, Ordering::Relaxed),
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}

/// Places the parts of the region that lie in ranges; returns the ranges that later regions may touch.
fn intersect<'a>(found: &mut Scan, mut pending: &'a [Range], region: &Region) -> &'a [Range] {
    while let Some(range) = pending.first() {
        let (start, end) = (range.start.max(region.start), range.end.min(region.end));
        if start < end {
            // What is not in memory but was asked for is in swap.
            let swapped = if region.categories & PRESENT == 0 {
                SWAPPED
            } else {
                0
            };
            place(found, range, start, end, region.categories | swapped);
        }
        if range.end > region.end {
            break;
        }
        pending = &pending[1..];
    }
    pending
}
