// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/maps` (`show_map_vma` in `fs/proc/task_mmu.c`; `Documentation/filesystems/proc.rst`).

mod name;

pub use name::Name;

use crate::dev::Dev;
use crate::error::Result;
use crate::scan::{Line, Lines};

const TEXT: &str = "/proc/PID/maps";

/// No line of the kernel is shorter: two addresses of 8 digits, permissions, offset, device, inode.
const SHORTEST_LINE: usize = 40;

bitflags::bitflags! {
    /// The four letters after the addresses.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
    pub struct Perms: u8 {
        /// `r`: `VM_READ`.
        const READ = 1;
        /// `w`: `VM_WRITE`.
        const WRITE = 2;
        /// `x`: `VM_EXEC`.
        const EXEC = 4;
        /// `s` rather than `p`: `VM_MAYSHARE`, the mapping was made with `MAP_SHARED`.
        const SHARED = 8;
    }
}

/// One mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vma<'a> {
    /// First address.
    pub start: u64,
    /// The address after the last.
    pub end: u64,
    /// Protection, and private or shared.
    pub perms: Perms,
    /// Where in the file the mapping starts, in bytes; 0 without a file.
    pub offset: u64,
    /// The device of the file's superblock (not always `st_dev`: btrfs, overlayfs); 0:0 without a file.
    pub dev: Dev,
    /// The inode number of the file; 0 without a file. Of a SysV segment it is the segment's id.
    pub ino: u64,
    /// The name as printed, escapes and all; empty when there is none. [`Vma::kind`] says what it means.
    pub name: &'a [u8],
}

impl<'a> Vma<'a> {
    /// Size in bytes.
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether the mapping covers nothing; the kernel has none such.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// What the name says the mapping is of.
    pub fn kind(&self) -> Name<'a> {
        Name::of(self.name)
    }

    pub(crate) fn read(mut line: Line<'a>) -> Result<Self> {
        let start = line.hex("the first address in hexadecimal")?;
        line.need(b"-", "a dash between the addresses")?;
        let end = line.hex("the end address in hexadecimal")?;
        if end < start {
            return Err(line.error("an end address above the first"));
        }
        line.need(b" ", "a space before the permissions")?;
        let perms = perms(&mut line)?;
        let offset = line.hex("the file offset in hexadecimal")?;
        let major = line.hex("the device's major number in hexadecimal")?;
        line.need(b":", "a colon within the device number")?;
        let minor = line.hex("the device's minor number in hexadecimal")?;
        let ino = line.dec("the inode number")?;
        if !line.is_empty() {
            line.need(b" ", "a space after the inode number")?;
        }
        // Padding only: every name starts with '/', '[' or a letter.
        line.blanks();
        Ok(Self {
            start,
            end,
            perms,
            offset,
            dev: Dev { major, minor },
            ino,
            name: line.rest(),
        })
    }
}

fn perms(line: &mut Line<'_>) -> Result<Perms> {
    let [r, w, x, s, ..] = *line.rest() else {
        return Err(line.error("four permission letters"));
    };
    let mut perms = Perms::empty();
    for (byte, letter, bit) in [
        (r, b'r', Perms::READ),
        (w, b'w', Perms::WRITE),
        (x, b'x', Perms::EXEC),
        (s, b's', Perms::SHARED),
    ] {
        match byte {
            _ if byte == letter => perms |= bit,
            b'-' if letter != b's' => {}
            b'p' if letter == b's' => {}
            _ => return Err(line.error("permissions like r-xp")),
        }
    }
    line.step(4);
    Ok(perms)
}

/// The mappings one by one, lowest first, without a list in memory.
pub fn iter(text: &[u8]) -> impl Iterator<Item = Result<Vma<'_>>> {
    Lines::new(TEXT, text).map(Vma::read)
}

/// All mappings, lowest first.
///
/// # Errors
/// The first line that is not as the kernel prints it.
pub fn parse(text: &[u8]) -> Result<Vec<Vma<'_>>> {
    let mut vmas = Vec::with_capacity(text.len() / SHORTEST_LINE);
    for vma in iter(text) {
        vmas.push(vma?);
    }
    Ok(vmas)
}

#[cfg(test)]
mod tests;
