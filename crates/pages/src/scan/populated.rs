// SPDX-License-Identifier: GPL-2.0-only
//! Which mappings have any page at all, from `/proc/PID/smaps`: it walks page tables in the kernel,
//! so that an untouched terabyte is one line instead of 2 GiB of page map.

use crate::error::{Error, ErrorKind, Result, task_name};
use crate::range::{Span, push_span};

/// Mappings with something in memory or in swap, ascending.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Populated(Vec<Span>);

impl Populated {
    pub(super) fn of(pid: i32) -> Result<Self> {
        let text = std::fs::read(format!("/proc/{pid}/smaps")).map_err(|error| {
            let object = format!("memory figures of {}", task_name(pid));
            Error::io(ErrorKind::Task, "read", "read", object, &error).pid(pid)
        })?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &[u8]) -> Self {
        let mut found = Vec::new();
        let mut current = None;
        for line in text.split(|byte| *byte == b'\n') {
            if line.starts_with(b"Rss:") || line.starts_with(b"Swap:") {
                let any = line.iter().any(|byte| (b'1'..=b'9').contains(byte));
                if let Some(span) = current.take_if(|_: &mut Span| any) {
                    push_span(&mut found, span.start, span.end);
                }
            } else if line
                .first()
                .is_some_and(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(c))
            {
                current = header(line);
            }
        }
        Self(found)
    }

    pub(super) fn touches(&self, start: u64, end: u64) -> bool {
        let behind = self.0.partition_point(|span| span.end <= start);
        self.0.get(behind).is_some_and(|span| span.start < end)
    }
}

/// `7f0000000000-7f0000001000 rw-p …`
fn header(line: &[u8]) -> Option<Span> {
    let text = std::str::from_utf8(line.split(|byte| *byte == b' ').next()?).ok()?;
    let (start, end) = text.split_once('-')?;
    Some(Span {
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_or_swap_counts() {
        let text = b"1000-3000 rw-p 00000000 00:00 0 \nSize: 8 kB\nRss:  0 kB\nSwap:   4 kB\nVmFlags: rd\n\
            3000-4000 ---p 00000000 00:00 0 \nRss: 0 kB\nSwap: 0 kB\nSwapPss: 0 kB\n\
            a000-b000 rw-p 00000000 00:00 0  [anon:Rss: 5]\nRss: 4 kB\nSwap: 4 kB\n";
        let populated = Populated::parse(text);
        assert_eq!(
            populated.0,
            [
                Span {
                    start: 0x1000,
                    end: 0x3000
                },
                Span {
                    start: 0xa000,
                    end: 0xb000
                }
            ]
        );
        assert!(populated.touches(0x2000, 0x4000) && populated.touches(0xa000, 0xb000));
        assert!(!populated.touches(0x3000, 0xa000) && !populated.touches(0xb000, 0xc000));
    }
}
