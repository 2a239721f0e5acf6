// SPDX-License-Identifier: GPL-2.0-only
//! Whether a file that never had a name (`O_TMPFILE`, open(2)) may get one. The kernel does not tell, and linkat(2) would
//! do it: with `O_EXCL` among the flags it may not.

use super::{Kernel, Member};
use rustix::fs::{Mode, OFlags, open};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

const WANTED: [Member; 1] = [("inode", "i_state")];

/// Files without a name, of both kinds, on file systems that mostly can have them.
const FOLDERS: [&str; 3] = ["/dev/shm", "/tmp", "/"];

/// The bit that tells them apart: its number is the kernel's own affair, and has changed.
#[derive(Debug)]
pub(crate) struct Linkable {
    kernel: Kernel,
    bit: u32,
}

impl Linkable {
    /// # Errors
    /// No way into the kernel's memory, or no file system for a try.
    pub(crate) fn open() -> io::Result<Self> {
        let kernel = Kernel::open(&WANTED)?;
        let mut last = io::Error::other("no file system here has files without a name");
        for folder in FOLDERS {
            match difference(&kernel, folder) {
                Ok(bit) => return Ok(Self { kernel, bit }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub(crate) fn ask(&self, fd: BorrowedFd<'_>) -> io::Result<bool> {
        Ok(state(&self.kernel, fd)? & self.bit != 0)
    }
}

fn difference(kernel: &Kernel, folder: &str) -> io::Result<u32> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let with = open(folder, flags, Mode::RUSR)?;
    let without = open(folder, flags | OFlags::EXCL, Mode::RUSR)?;
    let bit = state(kernel, with.as_fd())? & !state(kernel, without.as_fd())?;
    match bit.count_ones() {
        1 => Ok(bit),
        _ => Err(io::Error::other("the state of an inode does not tell it")),
    }
}

fn state(kernel: &Kernel, fd: BorrowedFd<'_>) -> io::Result<u32> {
    kernel.int(kernel.inode(fd)?, "inode", "i_state")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_told_apart() {
        let linkable = match Linkable::open() {
            Ok(linkable) => linkable,
            Err(error) => {
                eprintln!("skipped: {error}");
                return;
            }
        };
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let made = |more| open(std::env::temp_dir(), flags | more, Mode::RUSR).unwrap();
        assert!(linkable.ask(made(OFlags::empty()).as_fd()).unwrap());
        assert!(!linkable.ask(made(OFlags::EXCL).as_fd()).unwrap());
    }
}
