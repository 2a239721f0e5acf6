// SPDX-License-Identifier: GPL-2.0-only
//! The escapes of the kernel's `seq_file` texts (`mangle_path` and `seq_escape` in `fs/seq_file.c`).

use std::borrow::Cow;

/// The suffix `d_path` gives to the name of a file that is no longer in its directory (`fs/d_path.c`).
const DELETED: &[u8] = b" (deleted)";

/// Turns each `\ooo` (three octal digits, at most `\377`) into its byte; everything else stays.
///
/// Borrows when there is nothing to turn. Exact only for texts in which the kernel escapes the backslash
/// too (`mountinfo`); of `maps` see [`crate::maps::Name::File`].
pub fn unescape_octal(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else {
        return Cow::Borrowed(text);
    };
    let mut plain = Vec::with_capacity(text.len());
    plain.extend_from_slice(&text[..first]);
    let mut rest = &text[first..];
    while let Some((&byte, after)) = rest.split_first() {
        match octal(rest) {
            Some(value) => {
                plain.push(value);
                rest = &rest[4..];
            }
            None => {
                plain.push(byte);
                rest = after;
            }
        }
    }
    if plain.len() == text.len() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(plain)
    }
}

/// Splits a name of `d_path` into the path and whether ` (deleted)` follows it.
///
/// A living file may be called `x (deleted)`: the text cannot tell. Who needs certainty compares the inode
/// behind the link (`/proc/PID/fd/N`, `/proc/PID/map_files/…`) with the one at the path.
pub fn split_deleted(name: &[u8]) -> (&[u8], bool) {
    match name.strip_suffix(DELETED) {
        Some(path) => (path, true),
        None => (name, false),
    }
}

fn octal(text: &[u8]) -> Option<u8> {
    let [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] = text else {
        return None;
    };
    Some((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_escapes_become_bytes() {
        assert_eq!(*unescape_octal(b"a\\012b\\040\\134\\377"), *b"a\nb \\\xff");
        assert_eq!(*unescape_octal(b"\\012"), *b"\n");
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [&b"plain"[..], b"\\", b"\\01", b"\\x12", b"\\400", b"\\089", b""] {
            assert_eq!(unescape_octal(text), Cow::Borrowed(text));
        }
    }

    #[test]
    fn deleted_is_split_once() {
        assert_eq!(
            split_deleted(b"/a (deleted) (deleted)"),
            (&b"/a (deleted)"[..], true)
        );
        assert_eq!(split_deleted(b"/a(deleted)"), (&b"/a(deleted)"[..], false));
        assert_eq!(split_deleted(b" (deleted)"), (&b""[..], true));
    }
}
