// SPDX-License-Identifier: GPL-2.0-only
//! Reading `/proc/PID/pagemap`, eight bytes a page: kernels before 6.7.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::error::{Error, ErrorKind, Result};
use crate::page;
use crate::range::Range;
use crate::scan::filter::place;
use crate::scan::found::{Scan, object};
use crate::scan::populated::Populated;
use crate::sys::categories::{FILE, GUARD, PRESENT, SWAPPED};

const PRESENT_BIT: u64 = 1 << 63;
const SWAP_BIT: u64 = 1 << 62;
const FILE_BIT: u64 = 1 << 61;
/// Since 6.15; zero before.
const GUARD_BIT: u64 = 1 << 58;

/// Entries read at once.
const ENTRIES: usize = 32 << 10;

/// From this size on it pays to ask whether a mapping has any page at all, since an entry is
/// printed for every page of a reservation too.
const LARGE: u64 = 64 << 20;

pub(super) fn scan(pid: i32, map: &File, ranges: &[Range]) -> Result<Scan> {
    let populated = match ranges.iter().any(|r| r.end - r.start >= LARGE) {
        true => Populated::of(pid)?,
        false => Populated::default(),
    };
    let mut found = Scan::default();
    let mut bytes = vec![0u8; ENTRIES * 8];
    for range in ranges {
        if range.end - range.start < LARGE || populated.touches(range.start, range.end) {
            scan_range(pid, map, range, &mut bytes, &mut found)?;
        }
    }
    Ok(found)
}

fn scan_range(pid: i32, map: &File, range: &Range, bytes: &mut [u8], found: &mut Scan) -> Result<()> {
    let size = page::size64();
    let mut at = range.start;
    while at < range.end {
        let count = ENTRIES.min(((range.end - at) / size) as usize);
        let part = &mut bytes[..count * 8];
        read(pid, map, at, part)?;
        let mut run = (at, 0);
        for (index, entry) in part.as_chunks::<8>().0.iter().enumerate() {
            let categories = categories(u64::from_ne_bytes(*entry));
            if categories != run.1 {
                let here = at + index as u64 * size;
                place(found, range, run.0, here, run.1);
                run = (here, categories);
            }
        }
        at += count as u64 * size;
        place(found, range, run.0, at, run.1);
    }
    Ok(())
}

fn read(pid: i32, map: &File, address: u64, into: &mut [u8]) -> Result<()> {
    map.read_exact_at(into, address / page::size64() * 8)
        .map_err(|error| Error::io(ErrorKind::Task, "pread", "read", object(pid), &error).pid(pid))
}

/// The entry of one page.
pub(super) fn entry(pid: i32, map: &File, address: u64) -> Result<u64> {
    let mut bytes = [0; 8];
    read(pid, map, address, &mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

pub(super) fn is_guard(entry: u64) -> bool {
    entry & GUARD_BIT != 0
}

pub(super) fn is_swapped(entry: u64) -> bool {
    entry & (PRESENT_BIT | SWAP_BIT) == SWAP_BIT
}

/// The shared zero page cannot be told from others here: its content will be found zero later.
fn categories(entry: u64) -> u64 {
    let bit = |bit, category| if entry & bit != 0 { category } else { 0 };
    bit(PRESENT_BIT, PRESENT) | bit(SWAP_BIT, SWAPPED) | bit(FILE_BIT, FILE) | bit(GUARD_BIT, GUARD)
}
