// SPDX-License-Identifier: GPL-2.0-only
//! `ghost-file-ID.img`: a head, which TypeScript encodes, and behind it the content of a deleted file.
//!
//! The content is either the plain bytes, or, where the head says `chunks`, for each data segment a
//! length-prefixed message (field 1 its length, field 2 its offset) followed by its bytes: CRIU's
//! format since 2.9.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::sync::atomic::AtomicBool;

use rustix::fs::ftruncate;

use crate::bulk::{FileSum, checksum_file, create, open};
use crate::crc::{Piece, combine};
use crate::error::{Error, ErrorKind, Result};
use crate::image::varint;
use crate::range::Span;
use crate::whole::segments;
use crate::whole::sparse::{Step, copy, reopen, steps};

/// Where a ghost's content lies in its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ghost {
    /// Bytes of the head: magic numbers and the ghost file entry with its length prefix.
    pub head: u64,
    /// Bytes of the file once restored.
    pub size: u64,
    /// The entry's `chunks`.
    pub chunks: bool,
}

/// Writes the image of a deleted file: `head` as given, then the content of `source` (whose file
/// position stays). `chunks` must be what `head` says; holes are kept only with it.
///
/// # Errors
/// The file cannot be read, or the image cannot be created (mode 0600, `O_EXCL`) or written; `stop` was set.
pub fn ghost_save(
    source: BorrowedFd<'_>,
    what: &str,
    image: (BorrowedFd<'_>, &str),
    head: &[u8],
    chunks: bool,
    threads: usize,
    stop: &AtomicBool,
) -> Result<FileSum> {
    let from = reopen(source, false, what)?;
    let size = from
        .metadata()
        .map_err(|e| Error::io(ErrorKind::Host, "fstat", "read the size of", what, &e))?
        .len();
    let (dir, name) = image;
    let file = create(dir, name)?;
    let put = |bytes: &[u8], at| {
        file.write_all_at(bytes, at)
            .map_err(|e| Error::io(ErrorKind::Host, "pwrite", "write", name, &e))
    };
    put(head, 0)?;
    let mut at = head.len() as u64;
    let mut sums = vec![Piece::of(head)];
    let data = if chunks {
        segments(from.as_fd(), size, what)?
    } else {
        vec![Span { start: 0, end: size }]
    };
    for segment in data {
        if chunks {
            let message = chunk_message(segment);
            put(&message, at)?;
            at += message.len() as u64;
            sums.push(Piece::of(&message));
        }
        let steps: Vec<_> = steps(segment, at).collect();
        sums.extend(copy((&from, what), (&file, name), &steps, threads, stop)?);
        at += segment.end - segment.start;
    }
    let sum = combine(sums);
    Ok(FileSum {
        name: name.to_owned(),
        size: sum.len,
        crc: sum.crc,
    })
}

fn chunk_message(segment: Span) -> Vec<u8> {
    let mut message = Vec::new();
    varint::put_field(&mut message, 1, segment.end - segment.start);
    varint::put_field(&mut message, 2, segment.start);
    let mut bytes = (message.len() as u32).to_le_bytes().to_vec();
    bytes.append(&mut message);
    bytes
}

/// Gives `target`, an empty regular file open for writing, the content of a ghost image. The
/// checksum, where given, is verified before anything is written.
///
/// # Errors
/// [`ErrorKind::Image`] for a damaged image; [`ErrorKind::Host`] when `target` cannot be written.
pub fn ghost_load(
    image: (BorrowedFd<'_>, &str),
    ghost: Ghost,
    target: BorrowedFd<'_>,
    expected_crc: Option<u32>,
    threads: usize,
    stop: &AtomicBool,
) -> Result<()> {
    let name = image.1;
    let file = open(image.0, name)?;
    let (len, crc) = checksum_file(file.as_fd(), name, threads)?;
    if expected_crc.is_some_and(|expected| expected != crc) {
        return Err(Error::altered(name, ""));
    }
    let steps = match ghost.chunks {
        true => chunk_steps(&file, name, ghost, len)?,
        false if len.checked_sub(ghost.head) == Some(ghost.size) => steps(
            Span {
                start: ghost.head,
                end: len,
            },
            0,
        )
        .collect(),
        false => {
            return Err(Error::image(
                "use",
                name,
                format!("it has {len} bytes, its head says otherwise"),
            ));
        }
    };
    let to = reopen(target, true, "restored ghost file")?;
    ftruncate(to.as_fd(), ghost.size)
        .map_err(|e| Error::os(ErrorKind::Host, "ftruncate", "size", "restored ghost file", e))?;
    copy((&file, name), (&to, "restored ghost file"), &steps, threads, stop).map(drop)
}

fn chunk_steps(file: &File, name: &str, ghost: Ghost, len: u64) -> Result<Vec<Step>> {
    /// Length prefix and two varints.
    const MOST: u64 = 4 + 2 * (1 + 10);
    let damaged = |at: u64| {
        Error::image(
            "use",
            name,
            format!("its chunk at offset {at} is damaged or truncated"),
        )
    };
    let mut found = Vec::new();
    let mut at = ghost.head;
    while at < len {
        let mut bytes = vec![0; MOST.min(len - at) as usize];
        file.read_exact_at(&mut bytes, at)
            .map_err(|e| Error::io(ErrorKind::Image, "pread", "read", name, &e))?;
        let (size, start, data) = chunk(&bytes).ok_or_else(|| damaged(at))?;
        let from = at + data;
        let fits = from.checked_add(size).is_some_and(|end| end <= len)
            && start.checked_add(size).is_some_and(|end| end <= ghost.size);
        if !fits || size == 0 {
            return Err(damaged(at));
        }
        found.extend(steps(
            Span {
                start: from,
                end: from + size,
            },
            start,
        ));
        at = from + size;
    }
    Ok(found)
}

/// Length, offset, and bytes of the message with its prefix.
fn chunk(bytes: &[u8]) -> Option<(u64, u64, u64)> {
    let (prefix, rest) = bytes.split_first_chunk()?;
    let mut message = rest.get(..u32::from_le_bytes(*prefix) as usize)?;
    let end = 4 + message.len() as u64;
    let (mut size, mut start) = (None, None);
    while !message.is_empty() {
        match varint::take_field(&mut message)? {
            (1, value) => size = value,
            (2, value) => start = value,
            _ => {}
        }
    }
    Some((size?, start?, end))
}
