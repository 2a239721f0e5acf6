// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/auxv` (`auxv_read` in `fs/proc/base.c`, from `mm->saved_auxv`; the keys are in
//! `include/uapi/linux/auxvec.h`).

/// The end of the vector.
pub const AT_NULL: u64 = 0;
/// The address of the vdso's ELF header.
pub const AT_SYSINFO_EHDR: u64 = 33;

/// How wide the words of the vector are: those of the task's executable, not of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A 32-bit executable.
    Bits32,
    /// A 64-bit executable.
    Bits64,
}

/// The pairs of key and value before [`AT_NULL`], as the machine that reads them orders bytes.
///
/// A tail too short for a pair is no error: the kernel's buffer ends where it ends. The vector is data of the
/// task (`PR_SET_MM_AUXV` sets it), so any key may occur any number of times.
pub fn pairs(bytes: &[u8], word: Word) -> impl Iterator<Item = (u64, u64)> + Clone {
    let width = match word {
        Word::Bits32 => 4,
        Word::Bits64 => 8,
    };
    let value = |word: &[u8]| match *word {
        [a, b, c, d] => u64::from(u32::from_ne_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => u64::from_ne_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    };
    let pairs = bytes
        .chunks_exact(2 * width)
        .map(move |pair| (value(&pair[..width]), value(&pair[width..])));
    pairs.take_while(|&(key, _)| key != AT_NULL)
}

/// The value of the first pair with `key`.
pub fn get(bytes: &[u8], word: Word, key: u64) -> Option<u64> {
    pairs(bytes, word)
        .find(|&(k, _)| k == key)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_end_at_null() {
        let words = [AT_SYSINFO_EHDR, 0x7fff_1000, 6, 4096, AT_NULL, 0, 9, 9];
        let wide: Vec<u8> = words.iter().flat_map(|w| w.to_ne_bytes()).collect();
        assert_eq!(
            pairs(&wide, Word::Bits64).collect::<Vec<_>>(),
            [(33, 0x7fff_1000), (6, 4096)]
        );
        let narrow: Vec<u8> = words.iter().flat_map(|&w| (w as u32).to_ne_bytes()).collect();
        assert_eq!(get(&narrow, Word::Bits32, 6), Some(4096));
        assert_eq!(get(&narrow, Word::Bits32, 7), None);
    }

    #[test]
    fn a_short_tail_is_left_out() {
        let bytes: Vec<u8> = [6u64, 4096, 3].iter().flat_map(|w| w.to_ne_bytes()).collect();
        assert_eq!(pairs(&bytes, Word::Bits64).collect::<Vec<_>>(), [(6, 4096)]);
        assert_eq!(pairs(&bytes[..7], Word::Bits64).count(), 0);
    }
}
