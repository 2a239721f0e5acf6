// SPDX-License-Identifier: GPL-2.0-only
//! Decoding a page map, of any CRIU since 2.0 or of our own.

use crate::image::{COMMON_MAGIC, PAGEMAP_MAGIC, PE_PARENT, PE_PRESENT, varint};
use crate::page;

/// Pages that lie one behind the other in the address space and in the pages file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) address: u64,
    pub(crate) pages: u64,
}

impl Entry {
    pub(crate) fn end(&self) -> u64 {
        self.address + self.pages * page::size64()
    }
}

/// A page map that is consistent in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pagemap {
    pub(super) pages_id: u64,
    pub(super) entries: Vec<Entry>,
    pub(super) pages: u64,
}

/// Says what is wrong with the bytes otherwise.
pub(super) fn parse(mut bytes: &[u8]) -> Result<Pagemap, String> {
    let magic = |bytes: &mut &[u8]| u32_of(bytes).ok_or("truncated in its magic number");
    if magic(&mut bytes)? != COMMON_MAGIC || magic(&mut bytes)? != PAGEMAP_MAGIC {
        return Err("not a page map (wrong magic number)".to_owned());
    }
    let mut head = message(&mut bytes, "its head")?;
    let mut pages_id = None;
    while !head.is_empty() {
        if let (1, value @ Some(_)) = varint::take_field(&mut head).ok_or("damaged in its head")? {
            pages_id = value;
        }
    }
    let mut map = Pagemap {
        pages_id: pages_id.ok_or("no pages file named in its head")?,
        entries: Vec::new(),
        pages: 0,
    };
    let mut last = 0;
    while !bytes.is_empty() {
        let index = map.entries.len();
        let entry = decode(message(&mut bytes, &format!("entry {index}"))?)
            .map_err(|cause| format!("entry {index}: {cause}"))?;
        if entry.address < last {
            return Err(format!("entry {index} at {:#x} is out of order", entry.address));
        }
        last = entry.end();
        map.pages += entry.pages;
        map.entries.push(entry);
    }
    Ok(map)
}

fn decode(mut message: &[u8]) -> Result<Entry, String> {
    let (mut address, mut compat, mut pages, mut flags, mut parent) = (None, None, None, None, 0);
    while !message.is_empty() {
        match varint::take_field(&mut message).ok_or("damaged")? {
            (1, Some(value)) => address = Some(value),
            (2, Some(value)) => compat = Some(value),
            (3, Some(value)) => parent = value,
            (4, Some(value)) => flags = Some(value),
            (5, Some(value)) => pages = Some(value),
            _ => {}
        }
    }
    let address = address.ok_or("no address")?;
    let pages = pages.or(compat).ok_or("no page count")?;
    if parent != 0 || flags.is_some_and(|flags| flags & PE_PARENT != 0) {
        return Err("its pages are in a parent image: incremental images are not supported".to_owned());
    }
    // Without flags it is from before 2.0, where everything listed was present.
    if flags.is_some_and(|flags| flags & PE_PRESENT == 0) {
        return Err("its pages are not in the pages file".to_owned());
    }
    if pages == 0 || !page::is_aligned(address) {
        return Err(format!(
            "{pages} pages at {address:#x}: empty or not page-aligned"
        ));
    }
    // Every sum of lengths stays in range as well, since entries ascend without overlap.
    pages
        .checked_mul(page::size64())
        .and_then(|len| address.checked_add(len))
        .ok_or_else(|| format!("{pages} pages at {address:#x}: beyond any address space"))?;
    Ok(Entry { address, pages })
}

fn message<'a>(bytes: &mut &'a [u8], what: &str) -> Result<&'a [u8], String> {
    let len = u32_of(bytes).ok_or_else(|| format!("truncated in {what}"))?;
    let (message, rest) = bytes
        .split_at_checked(len as usize)
        .ok_or_else(|| format!("truncated in {what}"))?;
    *bytes = rest;
    Ok(message)
}

fn u32_of(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PagemapWriter;

    fn sample() -> Vec<u8> {
        let p = page::size64();
        let mut writer = PagemapWriter::new(7);
        for (page, count) in [(16, 1), (17, 2), (40, 1), (1 << 34, 3)] {
            writer.push(page * p, count);
        }
        let (bytes, entries) = writer.finish();
        assert_eq!(entries, 3);
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let p = page::size64();
        let map = parse(&sample()).unwrap();
        let entry = |page, pages| Entry {
            address: page * p,
            pages,
        };
        assert_eq!(map.entries, [entry(16, 3), entry(40, 1), entry(1 << 34, 3)]);
        assert_eq!((map.pages_id, map.pages), (7, 7));
    }

    #[test]
    fn no_damage_passes_as_longer_or_panics() {
        let bytes = sample();
        let whole = parse(&bytes).unwrap();
        for len in 0..bytes.len() {
            assert!(
                parse(&bytes[..len]).is_err_and(|e| !e.is_empty()) || parse(&bytes[..len]).unwrap() != whole
            );
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let _ = parse(&bytes);
        }
    }

    #[test]
    fn old_and_foreign_entries() {
        let entry = |fields: &[(u8, u64)]| {
            let mut message = Vec::new();
            fields
                .iter()
                .for_each(|(number, value)| varint::put_field(&mut message, *number, *value));
            decode(&message)
        };
        let p = page::size64();
        assert_eq!(entry(&[(1, p), (2, 3)]), Ok(Entry { address: p, pages: 3 }));
        assert_eq!(
            entry(&[(1, p), (2, 0), (4, 6), (5, 9)]),
            Ok(Entry { address: p, pages: 9 })
        );
        assert!(entry(&[(1, p), (2, 3), (3, 1)]).unwrap_err().contains("parent"));
        assert!(entry(&[(1, p), (2, 3), (4, 1)]).unwrap_err().contains("parent"));
        assert!(
            entry(&[(1, p), (2, 3), (4, 2)])
                .unwrap_err()
                .contains("not in the pages file")
        );
        assert!(entry(&[(1, p + 1), (2, 3)]).unwrap_err().contains("aligned"));
        assert!(entry(&[(1, !(p - 1)), (2, 3)]).unwrap_err().contains("beyond"));
    }
}
