// SPDX-License-Identifier: GPL-2.0-only
//! Another name of a file whose known one is gone: no call tells it.

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, fstat, open, openat, stat};
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

/// How many names are looked through in all.
const MOST_NAMES: usize = 100_000;
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Looks where such names mostly are: in the folder of the old one (`sem_open` links a temporary name there), then in the
/// folders beside and below it on the same file system (a mail is linked from `tmp` to `new`).
#[must_use]
pub fn other_name(path: &[u8], dev: u64, ino: u64) -> Option<Vec<u8>> {
    let folder = parent(path)?;
    let mut search = Search {
        dev,
        ino,
        left: MOST_NAMES,
    };
    search
        .below(folder, false)
        .or_else(|| search.below(parent(folder)?, true))
}

/// With the slash of the root only.
fn parent(path: &[u8]) -> Option<&[u8]> {
    let end = path.iter().rposition(|&byte| byte == b'/')?;
    (path.len() > 1).then_some(if end == 0 { &path[..1] } else { &path[..end] })
}

struct Search {
    dev: u64,
    ino: u64,
    left: usize,
}

impl Search {
    /// In a folder, and where `deep` in those below it, nearest first.
    fn below(&mut self, folder: &[u8], deep: bool) -> Option<Vec<u8>> {
        let mut level = vec![folder.to_vec()];
        while !level.is_empty() {
            let mut next = Vec::new();
            for folder in level {
                if let Some(found) = self.within(&folder, &mut next) {
                    return Some(found);
                }
            }
            level = if deep { next } else { Vec::new() };
        }
        None
    }

    fn within(&mut self, folder: &[u8], folders: &mut Vec<Vec<u8>>) -> Option<Vec<u8>> {
        let opened = self.open(folder)?;
        for entry in Dir::read_from(&opened).ok()?.filter_map(Result::ok) {
            self.left = self.left.checked_sub(1)?;
            let name = entry.file_name().to_bytes();
            if entry.ino() == self.ino {
                let candidate = join(folder, name);
                if self.is_it(&candidate) {
                    return Some(candidate);
                }
            }
            let kind = entry.file_type();
            if matches!(kind, FileType::Directory) && !matches!(name, b"." | b"..") {
                folders.push(join(folder, name));
            }
        }
        None
    }

    /// A folder, if it is on the file's file system.
    fn open(&self, path: &[u8]) -> Option<OwnedFd> {
        let folder = match path {
            b"/" => open("/", FOLDER, Mode::empty()),
            path => openat(CWD, OsStr::from_bytes(path), FOLDER, Mode::empty()),
        };
        let folder = folder.ok()?;
        (fstat(folder.as_fd()).ok()?.st_dev == self.dev).then_some(folder)
    }

    fn is_it(&self, path: &[u8]) -> bool {
        stat(OsStr::from_bytes(path)).is_ok_and(|there| (there.st_dev, there.st_ino) == (self.dev, self.ino))
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let folder = if folder == b"/" { b"" } else { folder };
    [folder, b"/", name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn beside_it_and_in_the_folder_next_to_its() {
        let folder = std::env::temp_dir().join(format!("stasis-other-name-{}", std::process::id()));
        let of = |name: &str| folder.join(name);
        for name in ["tmp", "new", "new/deep"] {
            fs::create_dir_all(of(name)).unwrap();
        }
        let file = of("tmp/first");
        fs::write(&file, "x").unwrap();
        let meta = fs::metadata(&file).unwrap();
        let look = || other_name(file.as_os_str().as_bytes(), meta.dev(), meta.ino());
        let found = |name: &str| Some(of(name).as_os_str().as_bytes().to_vec());

        fs::hard_link(&file, of("new/deep/third")).unwrap();
        fs::hard_link(&file, of("tmp/second")).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(look(), found("tmp/second"));
        fs::remove_file(of("tmp/second")).unwrap();
        assert_eq!(look(), found("new/deep/third"));
        fs::remove_dir_all(of("tmp")).unwrap();
        assert_eq!(look(), found("new/deep/third"));
        fs::remove_file(of("new/deep/third")).unwrap();
        assert_eq!(look(), None);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(parent(b"/a/b"), Some(&b"/a"[..]));
        assert_eq!(parent(b"/a"), Some(&b"/"[..]));
        assert_eq!(parent(b"/"), None);
    }
}
