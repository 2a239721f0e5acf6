// SPDX-License-Identifier: GPL-2.0-only
//! The pages file in the making.
//!
//! On a memory file system several threads that `pwrite` one file wait for each other at the inode's lock. `UFFDIO_COPY` into
//! a mapping of the file adds the same pages without it, and leaves them unmarked as used, so that the first restore need not
//! move each of them to the list of active pages. But it maps and unmaps each page: where one thread has the file for itself,
//! `pwrite` takes a tenth less of the processor, which a tree of many small tasks is frozen for (`examples/candidates`).

use std::fs::File;
use std::os::fd::BorrowedFd;
use std::os::linux::fs::MetadataExt;
use std::os::unix::fs::FileExt;
use std::sync::{PoisonError, RwLock};

use rustix::fs::fstatfs;
use rustix::process::{Resource, getrlimit};

use crate::bulk::create;
use crate::error::{Error, ErrorKind, Result};
use crate::page;
use crate::sys::Window;

/// `TMPFS_MAGIC`, `include/uapi/linux/magic.h`.
const TMPFS: i64 = 0x0102_1994;

/// Bytes from which on several threads work on a file.
const WORTHWHILE: u64 = 16 << 20;

#[derive(Debug)]
pub(super) struct PagesFile {
    file: File,
    name: String,
    window: RwLock<Option<Window>>,
}

impl PagesFile {
    /// A new file which will have at most `most` bytes.
    pub(super) fn create(dir: BorrowedFd<'_>, name: &str, most: u64) -> Result<Self> {
        stasis_fault::at("dump.create-pages")
            .map_err(|error| Error::io(ErrorKind::Host, "openat", "create", name, &error))?;
        let file = create(dir, name)?;
        let window = window(&file, most);
        Ok(Self {
            file,
            name: name.to_owned(),
            window: RwLock::new(window),
        })
    }

    /// Writes whole pages where nothing was written before.
    pub(super) fn write(&self, bytes: &[u8], offset: u64) -> Result<()> {
        stasis_fault::at("dump.write-pages")
            .map_err(|error| Error::io(ErrorKind::Host, "pwrite", "write", &self.name, &error))?;
        let window = self.window.read().unwrap_or_else(PoisonError::into_inner);
        let placed = window.as_ref().map_or(0, |window| place(window, bytes, offset));
        // What the kernel would not place it writes, or says why not: no space left, say.
        self.file
            .write_all_at(&bytes[placed..], offset + placed as u64)
            .map_err(|error| Error::io(ErrorKind::Host, "pwrite", "write", &self.name, &error))
    }

    /// Everything is written: `bytes` in all.
    pub(super) fn close(&self, bytes: u64) -> Result<()> {
        drop(self.window.write().unwrap_or_else(PoisonError::into_inner).take());
        self.file
            .set_len(bytes)
            .map_err(|error| Error::io(ErrorKind::Host, "ftruncate", "write", &self.name, &error))
    }
}

/// A window over a file that is worth it, and of a file system where pages of 4 KiB are what writing would make, too
/// (tmpfs can be mounted with huge ones).
fn window(file: &File, most: u64) -> Option<Window> {
    if most < WORTHWHILE || fstatfs(file).ok()?.f_type != TMPFS {
        return None;
    }
    let small = file.metadata().ok()?.st_blksize() == page::size64();
    // Growing a file beyond the limit would end us by a signal.
    let allowed = getrlimit(Resource::Fsize)
        .current
        .is_none_or(|limit| most <= limit);
    if !small || !allowed {
        return None;
    }
    file.set_len(most).ok()?;
    Window::over(file, most).ok()
}

/// How many bytes it took.
fn place(window: &Window, bytes: &[u8], offset: u64) -> usize {
    let mut placed = 0;
    loop {
        let copied = window.place(offset + placed as u64, &bytes[placed..]);
        placed += copied.bytes;
        // The call says EAGAIN where something stopped it halfway; another one tells what.
        if copied.stopped.is_none() || copied.bytes == 0 {
            return placed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{MemfdFlags, memfd_create};

    fn in_memory() -> File {
        File::from(memfd_create("pages", MemfdFlags::CLOEXEC).unwrap())
    }

    #[test]
    #[allow(clippy::print_stdout, reason = "says why it is skipped")]
    fn pages_are_placed_where_it_is_worth_it() {
        assert!(window(&in_memory(), WORTHWHILE - page::size64()).is_none());
        let file = in_memory();
        let Some(window) = window(&file, WORTHWHILE) else {
            println!("skipped: no userfaultfd of shared memory here (5.11)");
            return;
        };
        let bytes: Vec<u8> = (0..3 * page::size()).map(|i| (i / 7) as u8).collect();
        assert_eq!(place(&window, &bytes, 5 * page::size64()), bytes.len());
        // What is there already is not placed again.
        assert_eq!(place(&window, &bytes, 4 * page::size64()), page::size());
        let mut read = vec![1; bytes.len()];
        file.read_exact_at(&mut read, 5 * page::size64()).unwrap();
        assert!(read == bytes, "pages differ");
    }
}
