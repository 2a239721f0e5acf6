// SPDX-License-Identifier: GPL-2.0-only
//! CRC-32 (IEEE) of a file whose pieces are summed by different threads.

/// Sum and length of one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) crc: u32,
    pub(crate) len: u64,
}

impl Piece {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            crc: crc32fast::hash(bytes),
            len: bytes.len() as u64,
        }
    }
}

/// The sum of the pieces laid end to end.
pub(crate) fn combine(pieces: impl IntoIterator<Item = Piece>) -> Piece {
    let mut whole = crc32fast::Hasher::new();
    let mut len = 0;
    for piece in pieces {
        whole.combine(&crc32fast::Hasher::new_with_initial_len(piece.crc, piece.len));
        len += piece.len;
    }
    Piece {
        crc: whole.finalize(),
        len,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_sum_to_the_whole() {
        let bytes: Vec<u8> = (0..10_000u32).map(|i| ((i * 7) >> 3) as u8).collect();
        for size in [1, 7, 4096, 9_999, 20_000] {
            assert_eq!(
                combine(bytes.chunks(size).map(Piece::of)),
                Piece::of(&bytes),
                "{size}"
            );
        }
        assert_eq!(combine([]), Piece { crc: 0, len: 0 });
    }
}
