// SPDX-License-Identifier: GPL-2.0-only
//! The page size: 4 KiB on x86_64; 4, 16 or 64 KiB on arm64, where images are only good for the size they were made with.

/// Bytes a page.
pub(crate) fn size() -> usize {
    rustix::param::page_size()
}

/// Bytes a page, for address arithmetic.
pub(crate) fn size64() -> u64 {
    size() as u64
}

pub(crate) fn is_aligned(address: u64) -> bool {
    address.is_multiple_of(size64())
}

/// Whether every byte is zero. Pages with content mostly answer at the first line.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let (lines, rest) = bytes.as_chunks::<64>();
    lines.iter().all(|line| *line == [0; 64]) && rest.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_bit_anywhere_is_content() {
        let mut page = vec![0u8; 4096 + 3];
        assert!(super::is_zero(&page));
        for at in [0, 1, 63, 64, 2047, 4095, 4096, 4098] {
            page[at] = 0x10;
            assert!(!super::is_zero(&page), "byte {at}");
            page[at] = 0;
        }
    }
}
