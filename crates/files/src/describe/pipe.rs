// SPDX-License-Identifier: GPL-2.0-only
//! Pipes and FIFOs (`fs/pipe.c`). Their contents are copied with tee(2), which takes references and leaves
//! the pipe as it is.

use super::file;
use super::{Case, Stop};
use crate::context::Context;
use crate::error::{FilesError, Result};
use crate::refusals::Reason;
use crate::sys::ioctl;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_getpipe_size, fcntl_setpipe_size, pipe_with, tee};
use stasis_kernel_text::link::Target;
use stasis_wire::facts::{Description, FileKind, Pipe};
use std::collections::HashMap;
use std::os::fd::OwnedFd;

/// A packet of an `O_DIRECT` pipe is one page at most (pipe(7)): a read with this much room ends at packets
/// only.
const READ: usize = 64 << 10;

/// The pipes met so far, and a pipe of our own to copy through.
#[derive(Default)]
pub(crate) struct Pipes {
    known: HashMap<(u64, u64), Known>,
    scratch: Option<(OwnedFd, OwnedFd)>,
}

/// Both ends of one pipe, as far as the tree holds them.
pub(crate) struct Known {
    id: u32,
    copied: bool,
    pub(crate) anonymous: bool,
    /// Bytes, asked at a writing end.
    pub(crate) unread: i32,
    pub(crate) readers: Vec<u32>,
    pub(crate) writers: Vec<u32>,
    /// No task at all holds the other end: seen at an end where that shows (pipe_poll).
    pub(crate) no_writer: bool,
    pub(crate) no_reader: bool,
}

impl Pipes {
    /// In the order they were met.
    pub(crate) fn take(&mut self) -> Vec<Known> {
        let mut pipes: Vec<Known> = self.known.drain().map(|(_, pipe)| pipe).collect();
        pipes.sort_unstable_by_key(|pipe| pipe.id);
        pipes
    }
}

pub(super) fn examine(
    context: &mut Context<'_>,
    case: &Case<'_>,
    target: Target<'_>,
    found: &mut Description,
) -> std::result::Result<FileKind, Stop> {
    let anonymous = matches!(target, Target::Pipe(_));
    if case.path_only() {
        if anonymous {
            let cause = "it leads to a pipe, which has no path";
            return Err(Reason::new("O_PATH descriptor of a pipe", cause, "").into());
        }
        file::place(case, target, found)?;
        return Ok(FileKind::Fifo);
    }
    if !anonymous {
        file::place(case, target, found)?;
    }
    let next = context.pipes.known.len() as u32 + 1;
    let known = context
        .pipes
        .known
        .entry((case.stat.st_dev, case.stat.st_ino))
        .or_insert(Known {
            id: next,
            copied: false,
            anonymous,
            unread: 0,
            readers: Vec::new(),
            writers: Vec::new(),
            no_writer: false,
            no_reader: false,
        });
    let access = case.open.flags & 0o3;
    let seen = state(case)?;
    if access != 1 {
        known.readers.push(case.number);
        known.no_writer |= seen.contains(PollFlags::HUP);
    }
    if access != 0 {
        known.writers.push(case.number);
        known.no_reader |= seen.contains(PollFlags::ERR);
        known.unread = unread(case)?;
    }
    let capacity =
        fcntl_getpipe_size(case.fd).map_err(|e| case.failed("look at", "fcntl(F_GETPIPE_SZ)", e))?;
    let mut pipe = Pipe {
        id: case.stat.st_ino,
        capacity: capacity as u64,
        ..Pipe::default()
    };
    found.pipe_id = known.id;
    if access != 1 && !known.copied && context.options.contents {
        known.copied = true;
        copy(&mut context.pipes.scratch, case, capacity, &mut pipe)?;
    }
    found.pipe = Some(pipe);
    if anonymous {
        Ok(FileKind::Pipe)
    } else {
        Ok(FileKind::Fifo)
    }
}

fn state(case: &Case<'_>) -> Result<PollFlags> {
    let mut ends = [PollFd::from_borrowed_fd(case.fd, PollFlags::IN)];
    poll(&mut ends, Some(&Timespec::default())).map_err(|e| case.failed("look at", "poll", e))?;
    Ok(ends[0].revents())
}

const COPY: &str = "copy the contents of the pipe";

fn unread(case: &Case<'_>) -> Result<i32> {
    ioctl::int(case.fd, ioctl::UNREAD).map_err(|e| case.failed(COPY, "ioctl(FIONREAD)", e))
}

fn copy(
    scratch: &mut Option<(OwnedFd, OwnedFd)>,
    case: &Case<'_>,
    capacity: usize,
    pipe: &mut Pipe,
) -> std::result::Result<(), Stop> {
    let unread = unread(case)? as usize;
    if unread == 0 {
        return Ok(());
    }
    let failed = |call, e: rustix::io::Errno| case.failed(COPY, call, e);
    let (reader, writer) = match scratch.take() {
        Some(ends) => ends,
        None => pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).map_err(|e| failed("pipe2", e))?,
    };
    // A pipe holds a number of pieces, however short each is: ours must hold as many.
    if fcntl_getpipe_size(&writer).map_err(|e| failed("fcntl(F_GETPIPE_SZ)", e))? < capacity
        && let Err(error) = fcntl_setpipe_size(&writer, capacity)
    {
        let cause = format!("a pipe of {capacity} bytes to copy it through is not allowed: {error}");
        return Err(Reason::new("very large pipe", cause, "raise fs.pipe-max-size").into());
    }
    let copied = tee(case.fd, &writer, unread, SpliceFlags::NONBLOCK).map_err(|e| failed("tee", e))?;
    if copied != unread {
        let detail = format!("fd {}: copied {copied} of {unread} bytes", case.open.fd);
        return Err(FilesError {
            detail,
            ..failed("tee", rustix::io::Errno::IO)
        }
        .into());
    }
    pipe.data.reserve_exact(copied.max(READ));
    while pipe.data.len() < copied {
        // Without packets, one read takes all there is.
        let length = rustix::io::read(&reader, rustix::buffer::spare_capacity(&mut pipe.data))
            .map_err(|e| failed("read", e))?;
        if length == 0 {
            return Err(failed("read", rustix::io::Errno::IO).into());
        }
        pipe.packets.push(length as u32);
    }
    if pipe.packets.len() == 1 {
        // One packet or plain bytes: the writing end tells, when all are known.
        pipe.packets.clear();
    }
    pipe.data.shrink_to_fit();
    // Empty again; dropped in every other case.
    *scratch = Some((reader, writer));
    Ok(())
}
