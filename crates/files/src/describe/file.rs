// SPDX-License-Identifier: GPL-2.0-only
//! Files with a path: regular ones, directories, and whatever an `O_PATH` descriptor leads to.

use super::{Case, Stop, memory, names};
use crate::attributes::attributes;
use crate::context::Context;
use crate::kernel::linkable::Linkable;
use crate::kernel::pressure;
use crate::other_name::other_name;
use crate::refusals::Reason;
use rustix::fs::{AtFlags, CWD, FileType, fstatfs, readlinkat, statat};
use stasis_kernel_text::link::Target;
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{
    BlockDevice, CharacterDevice, Description, Directory, Pipe, Regular, SocketFile, Symlink,
};
use std::ffi::OsStr;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;

const PROC: u64 = 0x9fa0;
/// `__O_TMPFILE`, the same on x86_64 and arm64; among the flags of the description that made the file.
const MADE_UNNAMED: u32 = 0o20_000_000;

pub(super) fn examine(
    context: &mut Context<'_>,
    case: &Case<'_>,
    target: Target<'_>,
    found: &mut Description,
) -> Result<Kind, Stop> {
    let kind = FileType::from_raw_mode(case.stat.st_mode);
    let statfs = fstatfs(case.fd).map_err(|e| case.failed("look at", "fstatfs", e))?;
    found.fs_magic = statfs.f_type as u32;
    let mut pressure_trigger = String::new();
    if matches!(kind, FileType::RegularFile | FileType::Unknown) {
        let magic = u64::from(found.fs_magic);
        if let Some(reason) = names::filesystem(magic) {
            return Err(reason.into());
        }
        if let Some(place) = names::pressure(magic, case.link, case.open.flags) {
            let name = case.link.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
            let trigger = pressure::trigger(case.fd, place, name)
                .map_err(|error| names::hidden_trigger(case.link, &error))?;
            pressure_trigger = trigger.unwrap_or_default();
        }
        if let Some(kind) = memory::examine(context, case, target, found)? {
            return Ok(kind);
        }
    }
    place(case, target, found)?;
    match kind {
        FileType::RegularFile => Ok(Kind::Regular(Regular {
            unnamed: unnamed(context, case),
            pressure_trigger,
        })),
        FileType::Directory => Ok(Kind::Directory(Directory {})),
        FileType::Symlink => {
            let text = readlinkat(case.fd, "", Vec::new())
                .map_err(|e| case.failed("read the link", "readlinkat", e))?;
            let target = text.into_bytes();
            Ok(Kind::Symlink(Symlink { target }))
        }
        FileType::Socket => Ok(Kind::SocketFile(SocketFile {})),
        FileType::Fifo => Ok(Kind::Fifo(Pipe::default())),
        FileType::CharacterDevice => Ok(Kind::CharacterDevice(CharacterDevice {})),
        FileType::BlockDevice if case.path_only() => Ok(Kind::BlockDevice(BlockDevice {})),
        FileType::BlockDevice => Err(names::block(case.link).into()),
        FileType::Unknown => Err(names::pathless(case.link).into()),
    }
}

/// Settles path and deletedness of `found.file`: the text of the link alone cannot tell, for a living file
/// may be called `x (deleted)`.
pub(super) fn place(case: &Case<'_>, target: Target<'_>, found: &mut Description) -> Result<(), Stop> {
    let Some(file) = found.file.as_mut() else {
        return Ok(());
    };
    let (path, printed_deleted) = match target {
        Target::Path { path, deleted } => (path, deleted),
        // A file in the root directory that merely has the name of a memfd.
        Target::Memfd(_) => stasis_kernel_text::split_deleted(case.link),
        _ => return Err(names::pathless(case.link).into()),
    };
    if case.stat.st_nlink > 0 && is_at(case, found.fs_magic, case.link) {
        return Ok(());
    }
    if !printed_deleted && case.stat.st_nlink > 0 && is_detached(case) {
        return Err(Reason::new(
            "detached mount",
            "it is of a mount that is in no namespace (fsmount, open_tree)",
            "wait until the program has mounted it",
        )
        .into());
    }
    if !printed_deleted && case.stat.st_nlink > 0 {
        return Err(Reason::new(
            "hidden file",
            format!("{} now leads to another file", String::from_utf8_lossy(case.link)),
            "a mount covers it, or the task is in another mount namespace",
        )
        .into());
    }
    file.path = path.to_vec();
    file.deleted = true;
    let directory = FileType::from_raw_mode(case.stat.st_mode) == FileType::Directory;
    if case.stat.st_nlink > 0 && !directory {
        file.link = other_name(path, case.stat.st_dev, case.stat.st_ino).ok_or_else(|| {
            Reason::new(
                "unlinked file that has other names",
                "it has other names, and none was found in the folder where it was opened, or beside that",
                "restore would separate it from its other names",
            )
        })?;
    } else {
        file.attributes = attributes(&format!("/proc/self/fd/{}", case.fd.as_raw_fd()), path);
    }
    Ok(())
}

/// Of a file that never had a name (`O_TMPFILE`): 1 if it may get one, 2 if not. The kernel calls such files by their
/// inode number (`d_mark_tmpfile`, fs/dcache.c). Where it cannot be seen they may, as nearly all.
fn unnamed(context: &mut Context<'_>, case: &Case<'_>) -> u32 {
    let name = case.link.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let called = name == format!("#{} (deleted)", case.stat.st_ino).as_bytes();
    if case.stat.st_nlink > 0 || !called && case.open.flags & MADE_UNNAMED == 0 {
        return 0;
    }
    let linkable = context.linkable.get_or_insert_with(|| Linkable::open().ok());
    match linkable.as_ref().map(|linkable| linkable.ask(case.fd)) {
        Some(Ok(false)) => 2,
        _ => 1,
    }
}

/// Whether it is on a mount that nobody sees.
fn is_detached(case: &Case<'_>) -> bool {
    let text = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    stasis_kernel_text::mountinfo::parse(&text)
        .is_ok_and(|mounts| mounts.iter().all(|mount| mount.id != case.open.mount))
}

/// Whether a path still leads to the examined file.
fn is_at(case: &Case<'_>, fs_magic: u32, path: &[u8]) -> bool {
    let path = OsStr::from_bytes(path);
    // The last component may be a symbolic link only where that itself is open.
    let Ok(there) = statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) else {
        return false;
    };
    // The inodes of /proc are made up at each lookup.
    there.st_dev == case.stat.st_dev && (there.st_ino == case.stat.st_ino || u64::from(fs_magic) == PROC)
}
