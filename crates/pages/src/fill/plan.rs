// SPDX-License-Identifier: GPL-2.0-only
//! Which bytes of the file go where.

use crate::fill::sink::{Part, Way};
use crate::image::Entry;
use crate::page;
use crate::range::FillRange;

/// Calls `each(index of range, address, bytes)` for every stretch of an entry within a range, in
/// order. Both lists ascend, and every entry lies in ranges.
pub(super) fn stretches(entries: &[Entry], ranges: &[FillRange], mut each: impl FnMut(usize, u64, u64)) {
    let mut index = 0;
    for entry in entries {
        let mut at = entry.address;
        while at < entry.end() {
            while ranges[index].end <= at {
                index += 1;
            }
            let end = entry.end().min(ranges[index].end);
            each(index, at, end - at);
            at = end;
        }
    }
}

/// The whole file, part by part.
pub(super) fn for_task(entries: &[Entry], ranges: &[FillRange], ways: &[Way]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut offset = 0;
    stretches(entries, ranges, |index, address, len| {
        let way = ways[index];
        match parts.last_mut() {
            // Only writing may cross from one mapping into the next.
            Some(last) if way == Way::Write && last.way == way && last.address + last.len == address => {
                last.len += len;
            }
            _ => parts.push(Part {
                offset,
                address,
                len,
                way,
            }),
        }
        offset += len;
    });
    parts
}

pub(super) fn for_object(entries: &[Entry]) -> Vec<Part> {
    let mut offset = 0;
    entries
        .iter()
        .map(|entry| {
            let len = entry.pages * page::size64();
            offset += len;
            Part {
                offset: offset - len,
                address: entry.address,
                len,
                way: Way::Object,
            }
        })
        .collect()
}

/// Replaces `into` with what `offset..offset + len` of the file consists of.
pub(super) fn cut(parts: &[Part], offset: u64, len: u64, into: &mut Vec<Part>) {
    into.clear();
    let first = parts.partition_point(|part| part.offset + part.len <= offset);
    for part in &parts[first..] {
        if part.offset >= offset + len {
            break;
        }
        let start = part.offset.max(offset);
        let end = (part.offset + part.len).min(offset + len);
        into.push(Part {
            offset: start,
            address: part.address + (start - part.offset),
            len: end - start,
            way: part.way,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::range::Kind;

    #[test]
    fn entries_are_split_by_ranges_and_cut_by_chunks() {
        let p = page::size64();
        let range = |start, end| FillRange {
            start: start * p,
            end: end * p,
            kind: Kind::Anonymous,
        };
        let ranges = [range(0, 4), range(4, 6), range(6, 9), range(20, 30)];
        let entry = |start, pages| Entry {
            address: start * p,
            pages,
        };
        let entries = [entry(2, 5), entry(8, 1), entry(20, 10)];
        let parts = for_task(
            &entries,
            &ranges,
            &[Way::Write, Way::PassOver, Way::Write, Way::Place],
        );
        let part = |offset, address, len, way| Part {
            offset: offset * p,
            address: address * p,
            len: len * p,
            way,
        };
        let expected = [
            part(0, 2, 2, Way::Write),
            part(2, 4, 2, Way::PassOver),
            part(4, 6, 1, Way::Write),
            part(5, 8, 1, Way::Write),
            part(6, 20, 10, Way::Place),
        ];
        assert_eq!(parts, expected);
        let mut chunk = Vec::new();
        cut(&parts, 3 * p, 5 * p, &mut chunk);
        let expected = [
            part(3, 5, 1, Way::PassOver),
            part(4, 6, 1, Way::Write),
            part(5, 8, 1, Way::Write),
            part(6, 20, 2, Way::Place),
        ];
        assert_eq!(chunk, expected);
        cut(&parts, 16 * p, p, &mut chunk);
        assert!(chunk.is_empty());
    }
}
