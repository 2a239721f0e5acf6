// SPDX-License-Identifier: GPL-2.0-only
//! `PAGEMAP_SCAN`: the kernel walks page tables only, so that what was never touched costs nothing.

use std::fs::File;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{Errno, Result};

use crate::range::{Kind, Range, Span, push_span};
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
    let mut regions = vec![EMPTY; REGIONS];
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

/// Guard pages of shared mappings: nothing else is asked of them, as their pages are those of the objects they map.
/// Kernels that do not tell guard pages have none there, or have no `PAGEMAP_SCAN` at all.
pub(super) fn guards(map: &File, ranges: &[Range]) -> Result<Vec<Span>> {
    let mut found = Vec::new();
    let mut regions = [EMPTY; 64];
    for range in ranges {
        let mut start = range.start;
        while start < range.end {
            let request = Request {
                start,
                end: range.end,
                any_of: GUARD,
                report: GUARD,
            };
            let count = match pagemap_scan(map.as_fd(), request, &mut regions) {
                Err(Errno::INTR) => continue,
                Err(Errno::NOTTY | Errno::NOSYS | Errno::OPNOTSUPP) => return Ok(found),
                Err(Errno::INVAL) if !knows_category(map, start, range.end)? => return Ok(found),
                done => done?,
            };
            for region in &regions[..count] {
                push_span(&mut found, region.start, region.end);
            }
            start = match count == regions.len() {
                true => regions[count - 1].end,
                false => range.end,
            };
        }
    }
    Ok(found)
}

/// After `EINVAL` with the category: whether that was for another reason, which then is the error.
fn knows_category(map: &File, start: u64, end: u64) -> Result<bool> {
    let request = Request {
        start,
        end,
        any_of: PRESENT,
        report: PRESENT,
    };
    pagemap_scan(map.as_fd(), request, &mut [EMPTY])?;
    KNOWS_GUARDS.store(false, Ordering::Relaxed);
    Ok(false)
}

const EMPTY: Region = Region {
    start: 0,
    end: 0,
    categories: 0,
};

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
            Err(Errno::INVAL) if knows => {
                knows_category(map, start, end)?;
            }
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
