// SPDX-License-Identifier: GPL-2.0-only
use super::kind::{self, FdKind};
use crate::error::Result;
use crate::locks::{self, FileLock};
use crate::scan::Lines;

/// What fdinfo says of a descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FdInfo<'a> {
    /// Position, in bytes; of a directory a cookie of the file system.
    pub pos: i64,
    /// `f_flags` of the description, with `O_CLOEXEC` (0o2000000) if the descriptor is closed on exec.
    pub flags: u32,
    /// The mount it was opened through (3.15): [`crate::mountinfo::Mount::id`], unless that is internal or
    /// out of sight.
    pub mnt_id: i32,
    /// Inode number (5.14).
    pub ino: Option<u64>,
    /// Locks and leases on the file that belong to this description or this process (4.1); numbered within
    /// the text.
    pub locks: Vec<FileLock>,
    /// What the file's kind adds.
    pub kind: FdKind<'a>,
    /// Lines that are none of the above.
    pub unknown: Vec<&'a [u8]>,
}

pub(super) fn read(mut lines: Lines<'_>) -> Result<FdInfo<'_>> {
    let (mut pos, mut flags, mut mnt_id, mut ino) = (None, None, None, None);
    let (mut locks, mut kind, mut unknown) = (Vec::new(), FdKind::Plain, Vec::new());
    for mut line in lines.by_ref() {
        let whole = line;
        if line.skip(b"pos:") && pos.is_none() {
            pos = Some(line.signed("a position")?);
        } else if line.skip(b"flags:") && flags.is_none() {
            flags = Some(line.oct("flags in octal")?);
        } else if line.skip(b"mnt_id:") && mnt_id.is_none() {
            mnt_id = Some(line.signed("the id of a mount")?);
        } else if line.skip(b"ino:") && ino.is_none() {
            ino = Some(line.dec("the inode number")?);
        } else if line.skip(b"lock:") {
            locks.push(locks::read(line)?);
        } else if !kind::read(&mut kind, whole)? {
            unknown.push(whole.rest());
        }
    }
    let mnt_id = mnt_id.ok_or_else(|| lines.missing("the line mnt_id"))?;
    let pos = pos.ok_or_else(|| lines.missing("the line pos"))?;
    let flags = flags.ok_or_else(|| lines.missing("the line flags"))?;
    Ok(FdInfo {
        pos,
        flags,
        mnt_id,
        ino,
        locks,
        kind,
        unknown,
    })
}
