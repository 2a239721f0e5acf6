// SPDX-License-Identifier: GPL-2.0-only
//! Reading images.

use std::fs::File;
use std::io::Read;
use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat};

use crate::error::{Error, ErrorKind, Result};

/// A file read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// Its name in the directory.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// CRC-32 (IEEE) of the content.
    pub crc: u32,
    /// Its owner, and its mode (`st_mode`): of the very file that was read.
    pub uid: u32,
    /// See `uid`.
    pub mode: u32,
}

/// Whether a file of this name may be huge and is not to be read whole: `pages-*.img` and `ghost-file-*.img`.
#[must_use]
pub fn is_pages_file(name: &str) -> bool {
    (name.starts_with("pages-") || name.starts_with("ghost-file-")) && name.ends_with(".img")
}

pub(crate) fn open(dir: BorrowedFd<'_>, name: &str) -> Result<File> {
    openat(
        dir,
        name,
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK,
        Mode::empty(),
    )
    .map(File::from)
    .map_err(|errno| Error::os(ErrorKind::Image, "openat", "open", name, errno))
}

/// Reads the regular files of a directory, sorted by name, on up to `threads` threads. Files for
/// which `skip` is true have no bytes and a `crc` of 0, so that the list is still complete.
///
/// # Errors
/// The directory or a file cannot be read.
pub fn read_images(
    dir: BorrowedFd<'_>,
    skip: impl Fn(&str) -> bool + Sync,
    threads: usize,
) -> Result<Vec<ImageFile>> {
    let mut names = names(dir)?;
    names.sort_unstable();
    stasis_parallel::map_on(threads, names.len(), |index| {
        let name = names[index].clone();
        let failed = |errno| Error::os(ErrorKind::Image, "fstat", "look at", &name, errno);
        let (bytes, stat) = if skip(&name) {
            let stat = statat(dir, name.as_str(), AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
            (Vec::new(), stat)
        } else {
            let file = open(dir, &name)?;
            let stat = fstat(&file).map_err(failed)?;
            (read_whole(&file, &name, &stat)?, stat)
        };
        let Stat {
            st_uid: uid,
            st_mode: mode,
            ..
        } = stat;
        let crc = crc32fast::hash(&bytes);
        Ok(ImageFile {
            name,
            bytes,
            crc,
            uid,
            mode,
        })
    })
}

/// As long as it was when it was looked at: nobody makes it longer meanwhile, and if so, its manifest tells.
fn read_whole(mut file: &File, name: &str, stat: &Stat) -> Result<Vec<u8>> {
    let failed = |error: &std::io::Error| Error::io(ErrorKind::Image, "read", "read", name, error);
    let size = usize::try_from(stat.st_size).unwrap_or(0);
    let mut bytes = vec![0; size];
    let mut have = 0;
    while have < size {
        match file.read(&mut bytes[have..]) {
            Ok(0) => break,
            Ok(more) => have += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(&error)),
        }
    }
    bytes.truncate(have);
    Ok(bytes)
}

fn names(dir: BorrowedFd<'_>) -> Result<Vec<String>> {
    let failed = |errno| Error::os(ErrorKind::Image, "getdents64", "list", "image directory", errno);
    let mut names = Vec::new();
    for entry in Dir::read_from(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let regular = match entry.file_type() {
            FileType::RegularFile => true,
            // Some file systems leave the type to stat.
            FileType::Unknown => statat(dir, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
                .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile),
            _ => false,
        };
        if regular {
            let name = entry.file_name().to_str().map(str::to_owned);
            names.push(name.map_err(|_| {
                let name = entry.file_name().to_string_lossy().into_owned();
                Error::image("read", &name, "its name is not UTF-8, no image is called that")
            })?);
        }
    }
    Ok(names)
}
