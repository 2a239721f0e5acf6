// SPDX-License-Identifier: GPL-2.0-only
//! The two things of protobuf's wire format that page maps need: varints and skipping other fields
//! (<https://protobuf.dev/programming-guides/encoding/>).

pub(crate) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A varint field.
pub(crate) fn put_field(out: &mut Vec<u8>, number: u8, value: u64) {
    out.push(number << 3);
    put(out, value);
}

/// Takes a varint off the front; `None` when the bytes end in it or it does not fit 64 bits.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Takes a field off the front: its number, and its value if it is a varint.
pub(crate) fn take_field(bytes: &mut &[u8]) -> Option<(u64, Option<u64>)> {
    let tag = take(bytes)?;
    let skip = match tag & 7 {
        0 => return Some((tag >> 3, Some(take(bytes)?))),
        1 => 8,
        2 => usize::try_from(take(bytes)?).ok()?,
        5 => 4,
        _ => return None,
    };
    *bytes = bytes.get(skip..)?;
    Some((tag >> 3, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_ends() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut out = Vec::new();
            put_field(&mut out, 5, value);
            let mut rest = &out[..];
            assert_eq!(take_field(&mut rest), Some((5, Some(value))));
            assert!(rest.is_empty());
            assert_eq!(take_field(&mut &out[..out.len() - 1]), None);
        }
        assert_eq!(take(&mut &[0xff; 11][..]), None);
        assert_eq!(take_field(&mut &[0x12, 3, 1, 2, 3][..]), Some((2, None)));
        assert_eq!(take_field(&mut &[0x12, 3, 1, 2][..]), None);
    }
}
