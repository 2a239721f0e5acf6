// SPDX-License-Identifier: GPL-2.0-only
//! `inotify_fdinfo` and `fanotify_fdinfo` in `fs/notify/fdinfo.c`.

use crate::dev::Dev;
use crate::error::Result;
use crate::scan::Line;

/// A file handle as `open_by_handle_at(2)` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHandle<'a> {
    /// `handle_type`.
    pub kind: i32,
    /// Its bytes in hexadecimal, two digits each; [`FileHandle::bytes`] turns them.
    pub digits: &'a [u8],
}

/// One watch of an inotify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InotifyWatch<'a> {
    /// The watch descriptor.
    pub wd: i32,
    /// Inode number of the watched file.
    pub ino: u64,
    /// Device of its superblock.
    pub dev: Dev,
    /// `IN_*` bits.
    pub mask: u32,
    /// How to find the file again, if its file system can tell (`CONFIG_EXPORTFS`).
    pub handle: Option<FileHandle<'a>>,
}

/// What a fanotify mark is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked<'a> {
    /// `FAN_MARK_INODE`.
    Inode {
        /// Inode number.
        ino: u64,
        /// Device of the superblock.
        dev: Dev,
        /// How to find the file again.
        handle: Option<FileHandle<'a>>,
    },
    /// `FAN_MARK_MOUNT`: the id of the mount.
    Mount(u32),
    /// `FAN_MARK_FILESYSTEM` (4.20): the device of the superblock.
    Filesystem(Dev),
    /// Something newer.
    Other,
}

/// One mark of a fanotify group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FanotifyMark<'a> {
    /// What it is on.
    pub on: Marked<'a>,
    /// `FAN_MARK_*` flags.
    pub flags: u32,
    /// `FAN_*` event bits.
    pub mask: u32,
    /// Event bits that are ignored.
    pub ignored_mask: u32,
}

/// A fanotify group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fanotify<'a> {
    /// Flags of `fanotify_init(2)`.
    pub flags: u32,
    /// `O_*` flags of the descriptors in its events.
    pub event_flags: u32,
    /// Its marks.
    pub marks: Vec<FanotifyMark<'a>>,
}

impl FileHandle<'_> {
    /// The bytes of the handle; `None` if its digits are no pairs of hexadecimal.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let pair = |pair: &[u8]| match *pair {
            [high, low] => Some(nibble(high)? << 4 | nibble(low)?),
            _ => None,
        };
        self.digits.chunks(2).map(pair).collect()
    }
}

/// The `key:value` words of a line; all numbers are hexadecimal.
#[derive(Default)]
struct Words<'a> {
    wd: Option<u32>,
    ino: Option<u64>,
    dev: Option<u32>,
    mount: Option<u32>,
    mark_flags: Option<u32>,
    group_flags: Option<u32>,
    event_flags: Option<u32>,
    mask: Option<u32>,
    ignored: Option<u32>,
    handle_kind: Option<u32>,
    handle: Option<&'a [u8]>,
}

fn words<'a>(mut line: Line<'a>) -> Result<Words<'a>> {
    let mut words = Words::default();
    loop {
        line.blanks();
        if line.is_empty() {
            return Ok(words);
        }
        let mut number = line;
        number.until(b':');
        let word = line.word();
        let colon = word.iter().position(|&b| b == b':').unwrap_or(word.len());
        const EXPECTED: &str = "a number in hexadecimal";
        match &word[..colon] {
            b"wd" => words.wd = Some(number.hex(EXPECTED)?),
            b"ino" => words.ino = Some(number.hex(EXPECTED)?),
            b"sdev" => words.dev = Some(number.hex(EXPECTED)?),
            b"mnt_id" => words.mount = Some(number.hex(EXPECTED)?),
            b"mflags" => words.mark_flags = Some(number.hex(EXPECTED)?),
            b"flags" => words.group_flags = Some(number.hex(EXPECTED)?),
            b"event-flags" => words.event_flags = Some(number.hex(EXPECTED)?),
            b"mask" => words.mask = Some(number.hex(EXPECTED)?),
            b"ignored_mask" => words.ignored = Some(number.hex(EXPECTED)?),
            b"fhandle-type" => words.handle_kind = Some(number.hex(EXPECTED)?),
            b"f_handle" => words.handle = word.get(colon + 1..),
            _ => {}
        }
    }
}

impl<'a> Words<'a> {
    fn file_handle(&self) -> Option<FileHandle<'a>> {
        // A file system's own type may be negative; it is printed as 32 bits.
        Some(FileHandle {
            kind: self.handle_kind? as i32,
            digits: self.handle?,
        })
    }
}

pub(super) fn read_inotify<'a>(watches: &mut Vec<InotifyWatch<'a>>, mut line: Line<'a>) -> Result<bool> {
    let whole = line;
    if !line.skip(b"inotify ") {
        return Ok(false);
    }
    let words = words(line)?;
    let (Some(wd), Some(ino), Some(dev), Some(mask)) = (words.wd, words.ino, words.dev, words.mask) else {
        return Err(whole.error("wd, ino, sdev and mask of a watch"));
    };
    let handle = words.file_handle();
    watches.push(InotifyWatch {
        wd: wd as i32,
        ino,
        dev: Dev::from_kernel(dev),
        mask,
        handle,
    });
    Ok(true)
}

pub(super) fn read_fanotify<'a>(group: &mut Fanotify<'a>, mut line: Line<'a>) -> Result<bool> {
    let whole = line;
    if !line.skip(b"fanotify ") {
        return Ok(false);
    }
    let words = words(line)?;
    if let (Some(flags), Some(event_flags)) = (words.group_flags, words.event_flags) {
        (group.flags, group.event_flags) = (flags, event_flags);
        return Ok(true);
    }
    let (Some(flags), Some(mask)) = (words.mark_flags, words.mask) else {
        return Err(whole.error("flags of a group, or mflags and mask of a mark"));
    };
    let on = match (words.ino, words.dev, words.mount) {
        (Some(ino), Some(dev), _) => Marked::Inode {
            ino,
            dev: Dev::from_kernel(dev),
            handle: words.file_handle(),
        },
        (None, Some(dev), None) => Marked::Filesystem(Dev::from_kernel(dev)),
        (None, None, Some(id)) => Marked::Mount(id),
        _ => Marked::Other,
    };
    group.marks.push(FanotifyMark {
        on,
        flags,
        mask,
        ignored_mask: words.ignored.unwrap_or(0),
    });
    Ok(true)
}
