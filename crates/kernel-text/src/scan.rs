// SPDX-License-Identifier: GPL-2.0-only
//! A cursor over one line, and the lines of a text.

use crate::error::{Result, TextError};
use memchr::memchr;

/// What is left of a line, with the place to blame when it does not read as expected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    text: &'static str,
    number: usize,
    rest: &'a [u8],
}

impl<'a> Line<'a> {
    /// A whole text as one line: `stat` (whose comm may hold newlines), single numbers.
    pub(crate) fn whole(text: &'static str, bytes: &'a [u8]) -> Self {
        Self {
            text,
            number: 1,
            rest: bytes.strip_suffix(b"\n").unwrap_or(bytes),
        }
    }

    pub(crate) fn at(text: &'static str, number: usize, rest: &'a [u8]) -> Self {
        Self { text, number, rest }
    }

    /// The error of this place. Cold: a text of hundreds of thousands of lines has none.
    #[cold]
    pub(crate) fn error(&self, expected: &'static str) -> TextError {
        TextError::new(self.text, self.number, expected, self.rest)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Steps over `prefix` if it stands here.
    #[inline]
    pub(crate) fn skip(&mut self, prefix: &[u8]) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Steps over so many bytes, or to the end of the line.
    pub(crate) fn step(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    #[inline]
    pub(crate) fn need(&mut self, prefix: &[u8], expected: &'static str) -> Result<()> {
        if self.skip(prefix) {
            Ok(())
        } else {
            Err(self.error(expected))
        }
    }

    /// Steps over spaces and tabs: the kernel pads numbers with them.
    #[inline]
    pub(crate) fn blanks(&mut self) {
        let count = self.rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        self.rest = &self.rest[count..];
    }

    /// The bytes up to `stop`, which is stepped over; the rest of the line when it has none.
    pub(crate) fn until(&mut self, stop: u8) -> &'a [u8] {
        let end = memchr(stop, self.rest).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        word
    }

    /// The next bytes that are no blank, after any blanks; empty at the end of the line.
    pub(crate) fn word(&mut self) -> &'a [u8] {
        self.blanks();
        let end = self
            .rest
            .iter()
            .position(|b| matches!(b, b' ' | b'\t'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// An unsigned decimal after any blanks.
    pub(crate) fn dec<T: TryFrom<u64>>(&mut self, expected: &'static str) -> Result<T> {
        self.blanks();
        self.digits::<10, _>(expected)
    }

    /// A hexadecimal without `0x` after any blanks.
    pub(crate) fn hex<T: TryFrom<u64>>(&mut self, expected: &'static str) -> Result<T> {
        self.blanks();
        self.digits::<16, _>(expected)
    }

    /// An octal after any blanks; the leading zero of `%#o` is a digit like any other.
    pub(crate) fn oct<T: TryFrom<u64>>(&mut self, expected: &'static str) -> Result<T> {
        self.blanks();
        self.digits::<8, _>(expected)
    }

    /// A decimal with an optional minus after any blanks.
    pub(crate) fn signed<T: TryFrom<i64>>(&mut self, expected: &'static str) -> Result<T> {
        self.blanks();
        let before = *self;
        let negative = self.skip(b"-");
        let size: u64 = self.digits::<10, _>(expected)?;
        let value = if negative {
            0i64.checked_sub_unsigned(size)
        } else {
            i64::try_from(size).ok()
        };
        value
            .and_then(|v| T::try_from(v).ok())
            .ok_or_else(|| before.error(expected))
    }

    #[inline]
    fn digits<const BASE: u64, T: TryFrom<u64>>(&mut self, expected: &'static str) -> Result<T> {
        let mut value = 0u64;
        let mut count = 0;
        for &byte in self.rest {
            let digit = u64::from(DIGITS[usize::from(byte)]);
            if digit >= BASE {
                break;
            }
            value = value.wrapping_mul(BASE).wrapping_add(digit);
            count += 1;
        }
        let (digits, rest) = self.rest.split_at(count);
        // Sixteen digits fit in any base; of more, leading zeros are usual and overflows are not.
        if count > 16 {
            value = checked::<BASE>(digits).ok_or_else(|| self.error(expected))?;
        }
        // "09x" is no number that ends early.
        let ends = !rest.first().is_some_and(u8::is_ascii_alphanumeric);
        match T::try_from(value) {
            Ok(value) if count > 0 && ends => {
                self.rest = rest;
                Ok(value)
            }
            _ => Err(self.error(expected)),
        }
    }
}

/// The value of each byte as a digit, lower case only as the kernel prints it; of no digit, more than any
/// base.
const DIGITS: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

#[cold]
fn checked<const BASE: u64>(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, &byte| {
        value
            .checked_mul(BASE)?
            .checked_add(u64::from(DIGITS[usize::from(byte)]))
    })
}

/// The lines of a text, without their newlines; a last line without one counts.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    text: &'static str,
    number: usize,
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'static str, bytes: &'a [u8]) -> Self {
        Self {
            text,
            number: 0,
            rest: bytes,
        }
    }

    /// The error of a text that ends too early.
    #[cold]
    pub(crate) fn missing(&self, expected: &'static str) -> TextError {
        TextError::new(self.text, self.number + 1, expected, b"")
    }

    /// The text from here on.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Steps over `bytes` bytes which hold `lines` whole lines.
    pub(crate) fn advance(&mut self, bytes: usize, lines: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        self.number += lines;
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        self.advance(end + 1, 1);
        Some(Line::at(self.text, self.number, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &[u8]) -> Line<'_> {
        Line::whole("test", text)
    }

    #[test]
    fn numbers_stop_at_their_last_digit() {
        let mut text = line(b"  42 ff\t-7 0755/x");
        assert_eq!(text.dec::<u32>("n"), Ok(42));
        assert_eq!(text.hex::<u64>("n"), Ok(255));
        assert_eq!(text.signed::<i32>("n"), Ok(-7));
        assert_eq!(text.oct::<u32>("n"), Ok(0o755));
        assert_eq!(text.rest(), b"/x");
    }

    #[test]
    fn limits_hold_and_what_is_beyond_is_an_error() {
        assert_eq!(line(b"18446744073709551615").dec::<u64>("n"), Ok(u64::MAX));
        assert_eq!(line(b"ffffffffffffffff").hex::<u64>("n"), Ok(u64::MAX));
        assert_eq!(line(b"-9223372036854775808").signed::<i64>("n"), Ok(i64::MIN));
        for text in ["18446744073709551616", "x", "", "-", "256", "12x", "0x1"] {
            assert!(line(text.as_bytes()).dec::<u8>("n").is_err(), "{text}");
        }
        assert!(line(b"10000000000000000").hex::<u64>("n").is_err());
        assert!(line(b"-9223372036854775809").signed::<i64>("n").is_err());
        assert!(line(b"8").oct::<u64>("n").is_err());
    }

    #[test]
    fn lines_are_counted_and_the_error_names_one() {
        let mut lines = Lines::new("/proc/x", b"a\n\nlast");
        let found: Vec<_> = lines.by_ref().map(|l| l.rest()).collect();
        assert_eq!(found, [&b"a"[..], b"", b"last"]);
        let error = Lines::new("/proc/x", b"a\n\xff\n")
            .nth(1)
            .unwrap()
            .error("a number");
        assert_eq!(
            error.to_string(),
            "cannot read line 2 of /proc/x: expected a number, found '\\xff'"
        );
        assert_eq!(lines.missing("more").line, 4);
    }
}
