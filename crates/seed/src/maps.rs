// SPDX-License-Identifier: GPL-2.0-only
//! The kernel's own mappings in this process, from `/proc/self/maps`.

use crate::system::{Failure, close, open, read};

/// More than the longest line: this process maps no file with a long name.
const BUFFER: usize = 4096;

/// Start addresses of `[vdso]`, `[vvar]` and `[vvar_vclock]`; 0 for what is not there.
pub fn special() -> Result<(u64, u64, u64), Failure> {
    let descriptor = open(c"/proc/self/maps")?;
    let (mut vdso, mut vvar, mut vclock) = (0, 0, 0);
    let mut buffer = [0; BUFFER];
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        let count = read(descriptor, room)?;
        if count == 0 {
            break;
        }
        filled = (filled + count).min(BUFFER);
        let mut rest = buffer.get(..filled).unwrap_or_default();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = (
                rest.get(..end).unwrap_or_default(),
                rest.get(end + 1..).unwrap_or_default(),
            );
            for (name, start) in [
                (&b"[vdso]"[..], &mut vdso),
                (b"[vvar]", &mut vvar),
                (b"[vvar_vclock]", &mut vclock),
            ] {
                if line.ends_with(name) && *start == 0 {
                    *start = number(line).unwrap_or(0);
                }
            }
            rest = after;
        }
        let kept = rest.len();
        buffer.copy_within(filled - kept..filled, 0);
        filled = kept;
    }
    close(descriptor);
    Ok((vdso, vvar, vclock))
}

/// The hexadecimal number at the beginning of `text`, if there is one.
pub fn number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().map_while(|byte| (*byte as char).to_digit(16));
    let (value, count) = digits.fold((0, 0), |(value, count), digit| {
        (value << 4 | u64::from(digit), count + 1)
    });
    (count > 0).then_some(value)
}
