// SPDX-License-Identifier: GPL-2.0-only
//! What is in a pipe, and where packets begin and end in it: tee(2) takes references and leaves the pipe as it is.
//!
//! Packets (`O_DIRECT`, pipe(7)) are marked one by one (`PIPE_BUF_FLAG_PACKET`), whatever the writers' flags are by
//! now, and tee(2) copies the mark. A read ends behind a packet, and drops what it leaves of one; so three things are
//! seen on the copy: where reads end, by how much one of a single byte shortens the queue, and whether a read of the
//! last byte goes on into bytes that were written behind it.

use super::{Case, Stop};
use crate::error::{FilesError, Result};
use crate::refusals::Reason;
use crate::sys::ioctl;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, read, write};
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_getpipe_size, fcntl_setpipe_size, pipe_with, splice, tee};
use stasis_wire::facts::Pipe;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

const COPY: &str = "copy the contents of the pipe";

/// A pipe of our own to copy through; empty between two uses.
pub(super) struct Scratch {
    reader: OwnedFd,
    writer: OwnedFd,
    null: OwnedFd,
}

/// Unread bytes.
pub(super) fn unread(case: &Case<'_>) -> Result<usize> {
    let bytes = ioctl::int(case.fd, ioctl::UNREAD).map_err(|e| case.failed(COPY, "ioctl(FIONREAD)", e))?;
    Ok(bytes as usize)
}

/// Whether no task at all has the pipe open for writing, if it is empty: else it does not tell. tee(2) ends at once then, and
/// where there are writers it would wait for them (`ipipe_prep`, fs/splice.c). Nothing is taken, even if data came meanwhile.
pub(super) fn without_writers(scratch: &mut Option<Scratch>, case: &Case<'_>) -> Result<bool> {
    let taken = match scratch.take() {
        Some(scratch) => scratch,
        None => Scratch::new(case)?,
    };
    match tee(case.fd, &taken.writer, 1, SpliceFlags::NONBLOCK) {
        Ok(0) => {
            *scratch = Some(taken);
            Ok(true)
        }
        // A byte that a writer put there meanwhile is in our copy, which is dropped.
        Ok(_) => Ok(false),
        Err(Errno::AGAIN) => {
            *scratch = Some(taken);
            Ok(false)
        }
        Err(error) => Err(case.failed(COPY, "tee", error)),
    }
}

/// Bytes and packets of a pipe. `from`: an end to read at.
pub(super) fn copy(
    scratch: &mut Option<Scratch>,
    case: &Case<'_>,
    from: BorrowedFd<'_>,
    capacity: usize,
    pipe: &mut Pipe,
) -> std::result::Result<(), Stop> {
    let bytes = unread(case)?;
    if bytes == 0 {
        return Ok(());
    }
    let taken = match scratch.take() {
        Some(scratch) => scratch,
        None => Scratch::new(case)?,
    };
    // A pipe holds a number of pieces, however short each is: ours must hold as many.
    let size = fcntl_getpipe_size(&taken.writer).map_err(|e| case.failed(COPY, "fcntl(F_GETPIPE_SZ)", e))?;
    if size < capacity
        && let Err(error) = fcntl_setpipe_size(&taken.writer, capacity)
    {
        let cause = format!("a pipe of {capacity} bytes to copy it through is not allowed: {error}");
        return Err(Reason::new("very large pipe", cause, "raise fs.pipe-max-size").into());
    }
    let copier = Copier {
        scratch: &taken,
        case,
        from,
        bytes,
    };
    let reads = copier.contents(&mut pipe.data)?;
    let last_is_packet = copier.last_is_packet()?;
    if reads.len() > 1 || last_is_packet {
        copier.divide(&reads, last_is_packet, pipe)?;
    }
    // Empty again; dropped in every other case.
    *scratch = Some(taken);
    Ok(())
}

impl Scratch {
    fn new(case: &Case<'_>) -> Result<Self> {
        let (reader, writer) =
            pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).map_err(|e| case.failed(COPY, "pipe2", e))?;
        let null = open("/dev/null", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())
            .map_err(|e| case.failed(COPY, "open", e))?;
        Ok(Self { reader, writer, null })
    }
}

struct Copier<'a> {
    scratch: &'a Scratch,
    case: &'a Case<'a>,
    from: BorrowedFd<'a>,
    bytes: usize,
}

impl Copier<'_> {
    fn failed(&self, call: &'static str, error: Errno) -> FilesError {
        self.case.failed(COPY, call, error)
    }

    /// Everything once more in the scratch pipe, but for the first `skip` bytes.
    fn fill(&self, skip: usize) -> Result<()> {
        let copied = tee(self.from, &self.scratch.writer, self.bytes, SpliceFlags::NONBLOCK)
            .map_err(|e| self.failed("tee", e))?;
        if copied != self.bytes {
            let detail = format!("copied {copied} of {} bytes", self.bytes);
            return Err(FilesError {
                detail,
                ..self.failed("tee", Errno::IO)
            });
        }
        self.drop_bytes(skip)
    }

    fn left(&self) -> Result<usize> {
        let left = ioctl::int(self.scratch.reader.as_fd(), ioctl::UNREAD)
            .map_err(|e| self.case.failed(COPY, "ioctl(FIONREAD)", e))?;
        Ok(left as usize)
    }

    /// All bytes, and the lengths of the reads that brought them: each but the last ends with a packet.
    fn contents(&self, data: &mut Vec<u8>) -> Result<Vec<usize>> {
        self.fill(0)?;
        data.reserve_exact(self.bytes);
        let mut reads = Vec::new();
        while data.len() < self.bytes {
            let length = read(&self.scratch.reader, rustix::buffer::spare_capacity(data))
                .map_err(|e| self.failed("read", e))?;
            if length == 0 {
                return Err(self.failed("read", Errno::IO));
            }
            reads.push(length);
        }
        Ok(reads)
    }

    /// Whether the last byte belongs to a packet: then a read ends there, though another byte follows.
    fn last_is_packet(&self) -> Result<bool> {
        self.fill(self.bytes - 1)?;
        write(&self.scratch.writer, &[0]).map_err(|e| self.failed("write", e))?;
        let mut room = [0; 2];
        let length = read(&self.scratch.reader, &mut room).map_err(|e| self.failed("read", e))?;
        if length == 1 {
            read(&self.scratch.reader, &mut room).map_err(|e| self.failed("read", e))?;
        }
        Ok(length == 1)
    }

    /// Tells packets from the plain bytes that may lie in front of each.
    fn divide(&self, reads: &[usize], last_is_packet: bool, pipe: &mut Pipe) -> Result<()> {
        let plain = self.plain_bytes(reads, last_is_packet)?;
        for (&length, plain) in reads.iter().zip(plain) {
            if plain > 0 {
                pipe.plain.push(pipe.packets.len() as u32);
                pipe.packets.push(plain as u32);
            }
            if plain < length {
                pipe.packets.push((length - plain) as u32);
            }
        }
        Ok(())
    }

    /// How many bytes of each read were no packet.
    fn plain_bytes(&self, reads: &[usize], last_is_packet: bool) -> Result<Vec<usize>> {
        let mut mixed = Vec::new();
        let mut plain = vec![0; reads.len()];
        let mut at = 0;
        self.fill(0)?;
        for (i, &length) in reads.iter().enumerate() {
            let before = self.left()?;
            read(&self.scratch.reader, &mut [0; 1]).map_err(|e| self.failed("read", e))?;
            let gone = before - self.left()?;
            // A byte of a packet takes all of it along; what is left here was in front of one, or is no packet.
            self.drop_bytes(length - gone)?;
            if i + 1 == reads.len() && !last_is_packet {
                plain[i] = length;
            } else if gone < length {
                mixed.push((i, at, length));
            }
            at += length;
        }
        for (i, at, length) in mixed {
            plain[i] = self.first_of_packet(at, length)?;
        }
        Ok(plain)
    }

    /// Takes bytes out of the scratch pipe, of packets as of any others.
    fn drop_bytes(&self, count: usize) -> Result<()> {
        let Scratch { reader, null, .. } = self.scratch;
        let mut left = count;
        while left > 0 {
            left -= match splice(reader, None, null, None, left, SpliceFlags::NONBLOCK) {
                Ok(0) => return Err(self.failed("splice", Errno::IO)),
                Ok(gone) => gone,
                Err(error) => return Err(self.failed("splice", error)),
            };
        }
        Ok(())
    }

    /// Of `length` bytes at `at`, which begin with plain ones and end with a packet: how many are plain.
    fn first_of_packet(&self, at: usize, length: usize) -> Result<usize> {
        // The byte at `low` is plain, that at `high` is of the packet.
        let (mut low, mut high) = (0, length - 1);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            self.fill(at + middle)?;
            let before = self.left()?;
            read(&self.scratch.reader, &mut [0; 1]).map_err(|e| self.failed("read", e))?;
            let gone = before - self.left()?;
            self.drop_bytes(before - gone)?;
            if gone > 1 { high = middle } else { low = middle }
        }
        Ok(high)
    }
}
