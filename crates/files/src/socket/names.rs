// SPDX-License-Identifier: GPL-2.0-only
//! The file of a unix socket and the names that lead to it.

use crate::context::Context;
use crate::describe::{Case, Stop};
use crate::refusals::Reason;
use crate::sys::ioctl;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, Stat, fstat, open, readlinkat, statat};
use stasis_wire::facts::UnixSocket;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// How many entries of a directory are looked through for other names of a socket.
const NAMES_READ: usize = 100_000;

/// The file a name stands for: by the kernel's own reference, for the name may be relative or lead elsewhere
/// by now. `connectable`: whether anybody reaches the socket by its names; of an accepted connection, which
/// has that of its listener, and of one that has connected, they do not matter. `listed`: inode and device of the file as
/// the kernel lists them.
pub(super) fn named(
    context: &Context<'_>,
    case: &Case<'_>,
    listed: Option<(u32, u32)>,
    connectable: bool,
    socket: &mut UnixSocket,
) -> Result<(), Stop> {
    let file = match ioctl::unix_file(case.fd) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return Ok(found_by_name(case, listed, socket)?);
        }
        Err(_) => return Ok(()),
    };
    let stat = fstat(&file).map_err(|e| case.failed("look at the file of the socket", "fstat", e))?;
    socket.name_dev = stat.st_dev;
    socket.name_ino = stat.st_ino;
    socket.name_mode = stat.st_mode;
    (socket.name_uid, socket.name_gid) = (stat.st_uid, stat.st_gid);
    let link = readlinkat(&context.links, file.as_raw_fd().to_string(), Vec::new())
        .map_err(|e| case.failed("look at the file of the socket", "readlink", e))?;
    let link = link.as_bytes();
    let (path, printed_deleted) = stasis_kernel_text::split_deleted(link);
    let there = stat.st_nlink > 0 && leads_to(link, &stat);
    socket.path = if there { link } else { path }.to_vec();
    socket.name_deleted = !there;
    if !connectable || stat.st_nlink == 0 || there && stat.st_nlink == 1 {
        return Ok(());
    }
    if !there && !printed_deleted {
        let cause = format!("{} now leads to another file", String::from_utf8_lossy(link));
        let hint = "a mount covers it, or the task is in another mount namespace";
        return Err(Reason::new("unix socket with a hidden file", cause, hint).into());
    }
    // A hard link of it: supervisors bind to a name of their own, link and unlink it.
    let mut names = BTreeSet::new();
    let folders = [folder_of(path), folder_of(&socket.name)];
    let mut seen = Vec::new();
    for folder in folders.into_iter().flatten() {
        look_through(folder, &stat, &mut seen, &mut names);
    }
    if names.len() as u64 != stat.st_nlink as u64 {
        let cause = format!(
            "its file has {} names, and {} of them are in {}",
            stat.st_nlink,
            names.len(),
            String::from_utf8_lossy(folders[0].unwrap_or_default())
        );
        let hint = "restore would leave the others behind: remove those hard links first";
        return Err(Reason::new("unix socket with names elsewhere", cause, hint).into());
    }
    if there {
        names.remove(&socket.path);
    } else if let Some(first) = names.pop_first() {
        socket.path = first;
        socket.name_deleted = false;
    }
    socket.other_names = names.into_iter().collect();
    Ok(())
}

/// Without `CAP_NET_ADMIN`: the file is where the name says, or nobody tells us where.
fn found_by_name(case: &Case<'_>, listed: Option<(u32, u32)>, socket: &mut UnixSocket) -> Result<(), Reason> {
    let name = OsStr::from_bytes(&socket.name);
    let folder = std::fs::read_link(format!("/proc/{}/cwd", case.open.pid)).unwrap_or_default();
    // An absolute name takes the place of the folder.
    let path = folder.join(name);
    let found = rustix::fs::lstat(&path).ok().filter(|stat| {
        let device = (rustix::fs::major(stat.st_dev) << 20) | rustix::fs::minor(stat.st_dev);
        listed == Some((stat.st_ino as u32, device))
    });
    let stat = found.ok_or_else(|| {
        Reason::new(
            "unix socket without its name",
            "its file was renamed or deleted, and to see which it is needs CAP_NET_ADMIN",
            "dump with CAP_NET_ADMIN",
        )
    })?;
    socket.path = path.into_os_string().into_vec();
    socket.name_dev = stat.st_dev;
    socket.name_ino = stat.st_ino;
    socket.name_mode = stat.st_mode;
    (socket.name_uid, socket.name_gid) = (stat.st_uid, stat.st_gid);
    Ok(())
}

fn leads_to(path: &[u8], stat: &Stat) -> bool {
    statat(CWD, OsStr::from_bytes(path), AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|found| (found.st_dev, found.st_ino) == (stat.st_dev, stat.st_ino))
}

/// The directory of an absolute path, with the slash behind it.
fn folder_of(path: &[u8]) -> Option<&[u8]> {
    let end = path.iter().rposition(|&byte| byte == b'/')?;
    path.starts_with(b"/").then_some(&path[..=end])
}

/// `seen`: directories that have been looked through, whichever path led there.
fn look_through(folder: &[u8], stat: &Stat, seen: &mut Vec<(u64, u64)>, names: &mut BTreeSet<Vec<u8>>) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(opened) = open(OsStr::from_bytes(folder), flags, Mode::empty()) else {
        return;
    };
    let Ok(itself) = fstat(&opened) else { return };
    if seen.contains(&(itself.st_dev, itself.st_ino)) {
        return;
    }
    seen.push((itself.st_dev, itself.st_ino));
    let Ok(entries) = Dir::read_from(&opened) else {
        return;
    };
    let alike = entries
        .take(NAMES_READ)
        .filter_map(Result::ok)
        .filter(|entry| entry.ino() == stat.st_ino);
    for entry in alike {
        let name = [folder, entry.file_name().to_bytes()].concat();
        if leads_to(&name, stat) {
            names.insert(name);
        }
    }
}
