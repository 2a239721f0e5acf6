// SPDX-License-Identifier: GPL-2.0-only
//! Encoding a page map.

use crate::image::{COMMON_MAGIC, PAGEMAP_MAGIC, PE_PRESENT, varint};
use crate::page;

/// The bytes of a `pagemap-*.img` in the making. Neighbouring pages share an entry.
#[derive(Debug)]
pub(crate) struct PagemapWriter {
    bytes: Vec<u8>,
    message: Vec<u8>,
    last: Option<(u64, u64)>,
    entries: u64,
}

impl PagemapWriter {
    pub(crate) fn new(pages_id: u32) -> Self {
        let mut writer = Self {
            bytes: Vec::new(),
            message: Vec::new(),
            last: None,
            entries: 0,
        };
        writer.bytes.extend(COMMON_MAGIC.to_le_bytes());
        writer.bytes.extend(PAGEMAP_MAGIC.to_le_bytes());
        varint::put_field(&mut writer.message, 1, u64::from(pages_id));
        writer.end_message();
        writer
    }

    /// `count` pages from `address` on come next in the pages file.
    pub(crate) fn push(&mut self, address: u64, count: u64) {
        /// Readers before CRIU 4.2 know the 32-bit field only.
        const MOST: u64 = u32::MAX as u64;
        match &mut self.last {
            Some((start, pages)) if *start + *pages * page::size64() == address && *pages + count <= MOST => {
                *pages += count;
            }
            _ => {
                self.flush();
                self.last = Some((address, count));
            }
        }
    }

    fn flush(&mut self) {
        if let Some((address, pages)) = self.last.take() {
            varint::put_field(&mut self.message, 1, address);
            // Field 2 (`compat_nr_pages`, 32 bits) is all that readers before 4.2 know; field 5 is what 4.2 prefers.
            varint::put_field(&mut self.message, 2, pages);
            varint::put_field(&mut self.message, 4, PE_PRESENT);
            varint::put_field(&mut self.message, 5, pages);
            self.end_message();
            self.entries += 1;
        }
    }

    fn end_message(&mut self) {
        self.bytes.extend((self.message.len() as u32).to_le_bytes());
        self.bytes.append(&mut self.message);
    }

    /// The file's bytes and the number of entries.
    pub(crate) fn finish(mut self) -> (Vec<u8>, u64) {
        self.flush();
        (self.bytes, self.entries)
    }
}
