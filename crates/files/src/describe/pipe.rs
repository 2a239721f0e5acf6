// SPDX-License-Identifier: GPL-2.0-only
//! Pipes and FIFOs (`fs/pipe.c`).

use super::pipe_copy;
use super::pipes::Known;
use super::{Case, Stop, file};
use crate::context::Context;
use crate::error::Result;
use crate::refusals::Reason;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::pipe::fcntl_getpipe_size;
use stasis_kernel_text::link::Target;
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{Description, Pipe};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

const O_ASYNC: u32 = 0o20000;

pub(super) fn examine(
    context: &mut Context<'_>,
    case: &Case<'_>,
    target: Target<'_>,
    found: &mut Description,
) -> std::result::Result<Kind, Stop> {
    let anonymous = matches!(target, Target::Pipe(_));
    if case.path_only() {
        if anonymous {
            let cause = "it leads to a pipe, which has no path";
            return Err(Reason::new("O_PATH descriptor of a pipe", cause, "").into());
        }
        file::place(case, target, found)?;
        return Ok(Kind::Fifo(Pipe::default()));
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
        known.unread = pipe_copy::unread(case)?;
    }
    let capacity =
        fcntl_getpipe_size(case.fd).map_err(|e| case.failed("look at", "fcntl(F_GETPIPE_SZ)", e))?;
    let mut pipe = Pipe {
        id: case.stat.st_ino,
        capacity: capacity as u64,
        number: known.id,
        ..Pipe::default()
    };
    // pipe_poll tells a hang-up only to who has seen a writer; a FIFO can be waited at for the first one.
    if !anonymous && access == 0 && !seen.contains(PollFlags::HUP) && pipe_copy::unread(case)? == 0 {
        pipe.awaits_writer = pipe_copy::without_writers(&mut context.pipes.scratch, case)?;
    }
    // What nobody reads any more is kept for whoever opens it again, as /proc/PID/fd/N.
    let abandoned = access == 1 && seen.contains(PollFlags::ERR);
    if (access != 1 || abandoned) && !known.copied && context.options.contents {
        known.copied = true;
        let unread = pipe_copy::unread(case)?;
        context.room.take(unread)?;
        if !abandoned {
            pipe_copy::copy(&mut context.pipes.scratch, case, case.fd, capacity, &mut pipe)?;
        } else if unread > 0 {
            let reader = reader(&context.links, case)?;
            let from = reader.as_fd();
            pipe_copy::copy(&mut context.pipes.scratch, case, from, capacity, &mut pipe)?;
        }
    }
    Ok(if anonymous {
        Kind::Pipe(pipe)
    } else {
        Kind::Fifo(pipe)
    })
}

/// A reader of our own of a pipe that has none. When it goes, the kernel tells so to who waits for signals of the pipe
/// (`pipe_release`, fs/pipe.c), which could end them.
fn reader(links: &OwnedFd, case: &Case<'_>) -> std::result::Result<OwnedFd, Stop> {
    let refused = |cause: &str| {
        Reason::new(
            "pipe with unread data that nobody has open for reading",
            cause,
            "let the program close it, or read what is in it",
        )
    };
    if case.open.flags & O_ASYNC != 0 {
        return Err(refused("to look at it would send a signal (O_ASYNC)").into());
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match openat(links, case.fd.as_raw_fd().to_string(), flags, Mode::empty()) {
        Ok(reader) => Ok(reader),
        Err(Errno::ACCESS | Errno::PERM) => Err(refused("it may not be opened by the dumper").into()),
        Err(error) => Err(case.failed("open a pipe for reading", "openat", error).into()),
    }
}

fn state(case: &Case<'_>) -> Result<PollFlags> {
    let mut ends = [PollFd::from_borrowed_fd(case.fd, PollFlags::IN)];
    poll(&mut ends, Some(&Timespec::default())).map_err(|e| case.failed("look at", "poll", e))?;
    Ok(ends[0].revents())
}
