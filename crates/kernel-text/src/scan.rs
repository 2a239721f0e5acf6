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
    pub(crate) fn skip(&mut self, prefix: &[u8]) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub(crate) fn need(&mut self, prefix: &[u8], expected: &'static str) -> Result<()> {
        if self.skip(prefix) {
            Ok(())
        } else {
            Err(self.error(expected))
        }
    }

    /// Steps over spaces and tabs: the kernel pads numbers with them.
    pub(crate) fn blanks(&mut self) {
        while let [b' ' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
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

    fn digits<const BASE: u64, T: TryFrom<u64>>(&mut self, expected: &'static str) -> Result<T> {
        let mut value = 0u64;
        let mut count = 0;
        while let Some(digit) = self.rest.get(count).and_then(|&byte| digit::<BASE>(byte)) {
            // Sixteen digits fit in any base: only longer numbers need to be watched.
            value = if count < 16 {
                value.wrapping_mul(BASE).wrapping_add(digit)
            } else {
                let next = value.checked_mul(BASE).and_then(|v| v.checked_add(digit));
                next.ok_or_else(|| self.error(expected))?
            };
            count += 1;
        }
        let (_, rest) = self.rest.split_at(count);
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

/// The kernel prints hexadecimal in lower case everywhere.
fn digit<const BASE: u64>(byte: u8) -> Option<u64> {
    let value = match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        _ => return None,
    };
    let value = u64::from(value);
    if value < BASE { Some(value) } else { None }
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
