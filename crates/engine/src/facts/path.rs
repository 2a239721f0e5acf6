// SPDX-License-Identifier: GPL-2.0-only
use stasis_kernel_text::maps::Vma;
use stasis_wire::facts::{Path, Refusal};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, PoisonError};

const DELETED: &[u8] = b" (deleted)";

/// What `/proc` links lead to, each file looked at once for the whole tree: a library is mapped a
/// handful of times by every task.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    links: Known,
    mappings: Known,
}

/// By device, inode number and text.
type Known = Mutex<HashMap<(u64, u64, Vec<u8>), Path>>;

impl Paths {
    /// The file behind a `/proc/PID/{exe,cwd,root,map_files/A-B}` link.
    ///
    /// The link is followed by the kernel to the very inode, deleted or not; its text is only how
    /// to find that inode again, so a text that leads elsewhere means that the path is gone.
    pub(crate) fn behind(&self, link: &str) -> std::io::Result<Path> {
        let text = std::fs::read_link(link)?.into_os_string().into_vec();
        let meta = std::fs::metadata(link)?;
        let key = (meta.dev(), meta.ino(), text);
        if let Some(path) = get(&self.links, &key) {
            return Ok(path);
        }
        let mut path = resolve(&key.2, &meta);
        if path.deleted && path.link.is_empty() {
            path.attributes = stasis_files::attributes(link, &path.path);
        }
        Ok(keep(&self.links, key, path))
    }

    /// The file that is mapped there. What was met under the same name is not looked at again: device, inode number and
    /// name in `/proc/PID/maps` are of the very inode that the link leads to. (A file system that has an inode number
    /// twice, as btrfs in its subvolumes, has it at two paths; only of deleted files the name says nothing.)
    pub(crate) fn mapped(&self, vma: &Vma<'_>, link: &str) -> std::io::Result<Path> {
        if vma.name.ends_with(DELETED) {
            return self.behind(link);
        }
        let key = (
            libc::makedev(vma.dev.major, vma.dev.minor),
            vma.ino,
            vma.name.to_vec(),
        );
        if let Some(path) = get(&self.mappings, &key) {
            return Ok(path);
        }
        let path = self.behind(link)?;
        Ok(keep(&self.mappings, key, path))
    }
}

/// `/proc` shows no path that no call would take.
pub(crate) fn is_too_long(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENAMETOOLONG)
}

pub(crate) fn too_long(pid: i32, comm: &str, object: &str) -> Refusal {
    Refusal {
        pid,
        comm: comm.to_owned(),
        object: object.to_owned(),
        kind: String::from("file with a long path"),
        cause: String::from(stasis_files::TOO_LONG),
        hint: String::new(),
    }
}

fn get(known: &Known, key: &(u64, u64, Vec<u8>)) -> Option<Path> {
    let known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.get(key).cloned()
}

/// Two threads may have looked at the same time: all tasks are told what the first one saw.
fn keep(known: &Known, key: (u64, u64, Vec<u8>), path: Path) -> Path {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(key).or_insert(path).clone()
}

fn resolve(text: &[u8], meta: &std::fs::Metadata) -> Path {
    let same = |candidate: &[u8]| {
        std::fs::symlink_metadata(OsStr::from_bytes(candidate))
            .is_ok_and(|found| found.dev() == meta.dev() && found.ino() == meta.ino())
    };
    // A file may really be called "x (deleted)": believe the inode, not the text.
    let alive = meta.nlink() > 0 && same(text);
    let stripped = text.strip_suffix(DELETED).filter(|_| !alive).unwrap_or(text);
    let deleted = !(alive || meta.nlink() > 0 && same(stripped));
    // What is unlinked is told as such: anything else is where no path leads now.
    let hidden = deleted && meta.nlink() > 0 && !text.ends_with(DELETED);
    let elsewhere = deleted && meta.nlink() > 0 && !meta.is_dir() && !hidden;
    let link = elsewhere.then(|| stasis_files::other_name(stripped, meta.dev(), meta.ino()));
    Path {
        // Links of /proc are told as the reader sees them.
        mount_namespace: 0,
        path: stripped.to_vec(),
        deleted,
        hidden,
        link: link.flatten().unwrap_or_default(),
        dev: meta.dev(),
        ino: meta.ino(),
        mode: meta.mode(),
        size: meta.size(),
        mtime_ns: meta.mtime() * 1_000_000_000 + meta.mtime_nsec(),
        atime_ns: meta.atime() * 1_000_000_000 + meta.atime_nsec(),
        uid: meta.uid(),
        gid: meta.gid(),
        nlink: meta.nlink() as u32,
        build_id: build_id(meta, stripped, alive),
        mnt_id: 0,
        attributes: Vec::new(),
    }
}

/// The build id of an ELF file, empty for anything else.
fn build_id(meta: &std::fs::Metadata, path: &[u8], alive: bool) -> Vec<u8> {
    const HEAD: usize = 4096;
    if !alive || !meta.is_file() || meta.mode() & 0o111 == 0 && !path.windows(3).any(|part| part == b".so") {
        return Vec::new();
    }
    let mut head = vec![0u8; HEAD];
    let read = std::fs::File::open(OsStr::from_bytes(path))
        .and_then(|file| std::os::unix::fs::FileExt::read_at(&file, &mut head, 0));
    head.truncate(read.unwrap_or(0));
    stasis_kernel_text::elf::build_id(&head)
        .map(<[u8]>::to_vec)
        .unwrap_or_default()
}
