// SPDX-License-Identifier: GPL-2.0-only
//! What an open file description is. Everything is asked through a duplicate of ours; since that shares the
//! description with its task, only queries are made.

mod anon;
mod device;
pub(crate) mod epoll;
mod file;
mod memory;
mod names;
mod pipe;
mod pipe_copy;
pub(crate) mod pipe_ends;
pub(crate) mod pipes;
pub(crate) mod terminals;
mod tty;
pub(crate) mod tty_pairs;
pub(crate) mod tty_queue;

pub(crate) use crate::case::{Case, Stop};

use crate::context::Context;
use crate::error::{FilesError, Result};
use crate::socket;
use crate::sys::fcntl;
use crate::table::OpenFd;
use rustix::fs::{FileType, fstat, readlinkat};
use stasis_kernel_text::link::{self, Target};
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{Description, Path};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Appends the description with this number; a refusal leaves it without a kind.
pub(crate) fn describe(
    context: &mut Context<'_>,
    number: u32,
    open: &OpenFd,
    fd: BorrowedFd<'_>,
) -> Result<()> {
    let failed = |call, e: rustix::io::Errno| {
        FilesError::io("look at", open.pid, call, e).of(format!("fd {}", open.fd))
    };
    let stat = fstat(fd).map_err(|e| failed("fstat", e))?;
    let link = readlinkat(
        &context.links,
        fd.as_raw_fd().to_string(),
        Vec::with_capacity(256),
    );
    let link = match link {
        Err(rustix::io::Errno::NAMETOOLONG) => {
            context.skip(number, open);
            context.refuse(number, names::too_long());
            return Ok(());
        }
        link => link.map_err(|e| failed("readlink", e))?,
    };
    let case = Case {
        number,
        open,
        fd,
        stat,
        link: link.as_bytes(),
    };
    let carrier = context.carriers.get(&number).copied();
    let (pid, at) = carrier.map_or((open.pid, open.fd), |(pid, _)| (pid, -1));
    let mut found = Description {
        id: number + 1,
        flags: open.flags,
        pos: open.pos.cast_unsigned(),
        file: Some(path_of(&case)),
        rdev: stat.st_rdev,
        nlink: stat.st_nlink as u32,
        uid: stat.st_uid,
        gid: stat.st_gid,
        pid,
        fd: at,
        ..Description::default()
    };
    if !case.path_only() {
        let owner = fcntl::owner(fd);
        (found.owner_pid, found.owner_type, found.owner_signal) = (owner.pid, owner.kind, owner.signal);
        (found.owner_uid, found.owner_euid) = (owner.uid, owner.euid);
    }
    match examine(context, &case, &mut found) {
        Ok(kind) => {
            if let (Kind::Epoll(_), Some(text)) = (&kind, &open.extra) {
                context.epolls.push((number, text.clone()));
            }
            found.kind = Some(kind);
        }
        Err(Stop::Refuse(reason)) => context.refuse(number, reason),
        Err(Stop::Failed(error)) => return Err(error),
    }
    context.descriptions.push(found);
    Ok(())
}

fn examine(
    context: &mut Context<'_>,
    case: &Case<'_>,
    found: &mut Description,
) -> std::result::Result<Kind, Stop> {
    let target = link::parse(case.link);
    match (FileType::from_raw_mode(case.stat.st_mode), target) {
        (FileType::Socket, _) if case.path_only() => file::examine(context, case, target, found),
        (FileType::Socket, _) => socket::examine(context, case),
        (FileType::Fifo, _) => pipe::examine(context, case, target, found),
        (_, Target::AnonInode(class)) => anon::examine(case, class),
        // How pidfs calls its files, before its links were made to look as they did (6.9 to 6.12).
        (_, Target::Other(text)) if text.starts_with(b"pidfd:") => anon::examine(case, b"pidfd"),
        (_, Target::Namespace { .. } | Target::Other(_) | Target::Socket(_) | Target::Pipe(_)) => {
            Err(names::pathless(case.link).into())
        }
        (FileType::CharacterDevice, _) => device::examine(context, case, target, found),
        (_, Target::Memfd(_) | Target::Path { .. }) => file::examine(context, case, target, found),
    }
}

fn path_of(case: &Case<'_>) -> Path {
    let stat = &case.stat;
    Path {
        path: case.link.to_vec(),
        dev: stat.st_dev,
        ino: stat.st_ino,
        mode: stat.st_mode,
        size: stat.st_size as u64,
        mtime_ns: stat.st_mtime * 1_000_000_000 + stat.st_mtime_nsec as i64,
        atime_ns: stat.st_atime * 1_000_000_000 + stat.st_atime_nsec as i64,
        uid: stat.st_uid,
        gid: stat.st_gid,
        nlink: stat.st_nlink as u32,
        mnt_id: case.open.mount,
        ..Path::default()
    }
}
