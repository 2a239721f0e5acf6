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

/// Bytes of which the manifest has a sum of their own, so that one page can be verified by reading no more than these.
pub(crate) const CHUNK: u64 = 1 << 20;

/// Sums of the chunks of a file, each by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunks {
    /// Bytes of a chunk; the last may have less.
    pub size: u64,
    /// CRC-32 (IEEE) of each.
    pub crcs: Vec<u32>,
}

/// The sums of `bytes`, which stand at `offset` of a file, cut where a chunk of `size` bytes ends.
pub(crate) fn cut(bytes: &[u8], offset: u64, size: u64) -> Vec<Piece> {
    let first = usize::try_from(size - offset % size).map_or(bytes.len(), |first| first.min(bytes.len()));
    let (head, rest) = bytes.split_at(first);
    let rest = rest.chunks(usize::try_from(size).unwrap_or(usize::MAX));
    std::iter::once(head).chain(rest).map(Piece::of).collect()
}

/// The sums of chunks of `size` bytes, of pieces laid end to end that were cut where chunks end.
pub(crate) fn chunks(pieces: &[Piece], size: u64) -> Vec<Piece> {
    let mut all = Vec::new();
    let (mut first, mut len) = (0, 0);
    for (index, piece) in pieces.iter().enumerate() {
        len += piece.len;
        if len >= size {
            all.push(combine(pieces[first..=index].iter().copied()));
            (first, len) = (index + 1, 0);
        }
    }
    if len > 0 {
        all.push(combine(pieces[first..].iter().copied()));
    }
    all
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

    #[test]
    fn chunks_are_summed_whatever_the_pieces() {
        let bytes: Vec<u8> = (0..10_000u32).map(|i| ((i * 11) >> 2) as u8).collect();
        for size in [1000, 4096, 9_999, 10_000, 20_000] {
            let expected: Vec<Piece> = bytes.chunks(size).map(Piece::of).collect();
            for step in [1, 333, 1000, 4096, 10_000] {
                let pieces: Vec<Piece> = bytes
                    .chunks(step)
                    .enumerate()
                    .flat_map(|(index, part)| cut(part, (index * step) as u64, size as u64))
                    .collect();
                assert_eq!(chunks(&pieces, size as u64), expected, "{size} {step}");
                assert_eq!(combine(pieces), Piece::of(&bytes));
            }
        }
        assert_eq!(chunks(&[], 4096), []);
        assert_eq!(chunks(&cut(&[], 0, 4096), 4096), []);
    }
}
