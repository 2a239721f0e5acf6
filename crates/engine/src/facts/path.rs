// SPDX-License-Identifier: GPL-2.0-only
use stasis_wire::facts::Path;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;

const DELETED: &[u8] = b" (deleted)";

/// What `/proc` links lead to, each file looked at once for the whole tree: a library is mapped a
/// handful of times by every task.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    known: HashMap<(u64, u64, Vec<u8>), Path>,
}

impl Paths {
    /// The file behind a `/proc/PID/{exe,cwd,root,map_files/A-B}` link.
    ///
    /// The link is followed by the kernel to the very inode, deleted or not; its text is only how
    /// to find that inode again, so a text that leads elsewhere means that the path is gone.
    pub(crate) fn behind(&mut self, link: &str) -> std::io::Result<Path> {
        let text = std::fs::read_link(link)?.into_os_string().into_vec();
        let meta = std::fs::metadata(link)?;
        let key = (meta.dev(), meta.ino(), text);
        if let Some(path) = self.known.get(&key) {
            return Ok(path.clone());
        }
        let text = &key.2;
        let path = resolve(text, &meta);
        self.known.insert(key, path.clone());
        Ok(path)
    }
}

fn resolve(text: &[u8], meta: &std::fs::Metadata) -> Path {
    let same = |candidate: &[u8]| {
        std::fs::symlink_metadata(OsStr::from_bytes(candidate))
            .is_ok_and(|found| found.dev() == meta.dev() && found.ino() == meta.ino())
    };
    // A file may really be called "x (deleted)": believe the inode, not the text.
    let alive = meta.nlink() > 0 && same(text);
    let stripped = text.strip_suffix(DELETED).filter(|_| !alive).unwrap_or(text);
    Path {
        path: stripped.to_vec(),
        deleted: !(alive || meta.nlink() > 0 && same(stripped)),
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
        ..Path::default()
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
