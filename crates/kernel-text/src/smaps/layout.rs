// SPDX-License-Identifier: GPL-2.0-only
//! The lines below a VMA's header.
//!
//! The kernel prints the same lines for each VMA, with numbers padded to one width unless they have more than
//! eight digits. So the place of each figure is learnt from a block read line by line, and looked up in the
//! next: that touches a third of the text. A block whose keys are not where they were is read line by line
//! again.

use crate::error::Result;
use crate::scan::Lines;

const COUNT: usize = 12;

/// The figures that are read, in the order of [`Figures::numbers`].
const KEYS: [&[u8]; COUNT] = [
    b"KernelPageSize:",
    b"Rss:",
    b"Pss:",
    b"Private_Dirty:",
    b"Anonymous:",
    b"Shared_Hugetlb:",
    b"Private_Hugetlb:",
    b"Swap:",
    b"SwapPss:",
    b"Locked:",
    b"THPeligible:",
    b"ProtectionKey:",
];

const VM_FLAGS: &[u8] = b"VmFlags:";

const NUMBER: &str = "a figure after the key";

#[derive(Debug, Default)]
pub(super) struct Figures<'a> {
    /// In the kernel's unit (KiB where there is one); `None` where the kernel prints no such line.
    pub(super) numbers: [Option<u64>; COUNT],
    pub(super) flag_codes: &'a [u8],
}

/// Where the last block read line by line had what.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Offset of each key from the start of the block.
    keys: [Option<usize>; COUNT],
    /// Offset of `VmFlags:`, and the number of lines before it; `None` when that was not the last line.
    flags: Option<(usize, usize)>,
}

impl Layout {
    /// The figures of the block that starts here.
    pub(super) fn read<'a>(&mut self, lines: &mut Lines<'a>) -> Result<Figures<'a>> {
        if let Some((offset, count)) = self.flags
            && let Some(numbers) = self.look_up(lines.rest(), offset)
        {
            let mut ahead = lines.clone();
            ahead.advance(offset, count);
            if let Some(mut line) = ahead.next()
                && line.skip(VM_FLAGS)
                && !starts_with_key(ahead.rest())
            {
                *lines = ahead;
                line.blanks();
                return Ok(Figures {
                    numbers,
                    flag_codes: line.rest(),
                });
            }
        }
        self.learn(lines)
    }

    /// The numbers, if every key and `VmFlags:` are where they were.
    fn look_up(&self, block: &[u8], flags: usize) -> Option<[Option<u64>; COUNT]> {
        if !block.get(flags..)?.starts_with(VM_FLAGS) {
            return None;
        }
        let mut numbers = [None; COUNT];
        for ((place, key), number) in self.keys.iter().zip(KEYS).zip(&mut numbers) {
            if let &Some(at) = place {
                let value = block.get(at..flags)?.strip_prefix(key)?;
                *number = Some(figure(value)?);
            }
        }
        Some(numbers)
    }

    fn learn<'a>(&mut self, lines: &mut Lines<'a>) -> Result<Figures<'a>> {
        let mut figures = Figures::default();
        *self = Self::default();
        let whole = lines.rest().len();
        let mut count = 0;
        while starts_with_key(lines.rest()) {
            let offset = whole - lines.rest().len();
            let Some(mut line) = lines.next() else { break };
            count += 1;
            if line.skip(VM_FLAGS) {
                line.blanks();
                figures.flag_codes = line.rest();
                self.flags = Some((offset, count - 1));
                continue;
            }
            self.flags = None;
            if let Some(i) = KEYS.iter().position(|key| line.rest().starts_with(key)) {
                line.need(KEYS[i], NUMBER)?;
                figures.numbers[i] = Some(line.dec(NUMBER)?);
                self.keys[i] = Some(offset);
            }
        }
        Ok(figures)
    }
}

/// A padded number of at most 18 digits; anything else is left to the reading line by line.
#[inline]
fn figure(value: &[u8]) -> Option<u64> {
    let padding = value.iter().take_while(|&&b| b == b' ').count();
    let mut number = 0u64;
    for (count, &byte) in value[padding..].iter().enumerate().take(19) {
        match byte {
            b'0'..=b'9' => number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            b' ' | b'\n' if count > 0 => return Some(number),
            _ => return None,
        }
    }
    None
}

/// A header starts with a digit or a lower-case letter, a key with a capital.
fn starts_with_key(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_uppercase)
}
