// SPDX-License-Identifier: GPL-2.0-only
//! A pages file with its page map, checked before any task is touched.

use std::fs::File;
use std::io::Read;
use std::os::fd::BorrowedFd;

use rustix::fs::{Mode, OFlags, openat};

use crate::crc::Chunks;
use crate::error::{Error, ErrorKind, Result};
use crate::image::Entry;
use crate::image::parse::{Pagemap, parse};
use crate::page;
use crate::range::{FillRange, check};

/// What the manifest says of the two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Bytes of the pages file.
    pub pages_size: u64,
    /// CRC-32 of the pages file.
    pub pages_crc: u32,
    /// The same of its chunks; images of before have none.
    pub pages_chunks: Option<Chunks>,
    /// CRC-32 of the page map.
    pub pagemap_crc: Option<u32>,
}

/// `pages-N.img` and `pagemap-*.img`, opened and consistent: magic numbers, ascending entries, and
/// as many pages in the file as in the map. The content of the pages is verified while they are
/// read by the [`FillPipe`](crate::FillPipe).
#[derive(Debug)]
pub struct PageImages {
    pub(crate) file: File,
    pub(crate) name: String,
    pub(crate) entries: Vec<Entry>,
    pub(crate) expected_crc: Option<u32>,
    pub(crate) expected_chunks: Option<Chunks>,
    pagemap_name: String,
    pages: u64,
}

impl PageImages {
    /// Opens and checks the two files of `dir`.
    ///
    /// # Errors
    /// [`ErrorKind::Image`], naming the file that is missing, truncated, altered or inconsistent.
    pub fn open(dir: BorrowedFd<'_>, pages: &str, pagemap: &str, expected: Option<Expected>) -> Result<Self> {
        let mut bytes = Vec::new();
        open(dir, pagemap)?
            .read_to_end(&mut bytes)
            .map_err(|error| Error::io(ErrorKind::Image, "read", "read", pagemap, &error))?;
        if expected
            .as_ref()
            .and_then(|expected| expected.pagemap_crc)
            .is_some_and(|crc| crc != crc32fast::hash(&bytes))
        {
            return Err(Error::altered(pagemap, ""));
        }
        let map = parse(&bytes).map_err(|cause| Error::image("use", pagemap, cause))?;
        if !named(pages, map.pages_id) {
            let cause = format!("it belongs to pages-{}.img, not to {pages}", map.pages_id);
            return Err(Error::image("use", pagemap, cause));
        }
        let file = open(dir, pages)?;
        check_size(&file, pages, pagemap, &map, expected.as_ref())?;
        let (expected_crc, expected_chunks) = match expected {
            Some(expected) => (Some(expected.pages_crc), expected.pages_chunks),
            None => (None, None),
        };
        check_chunks(pages, map.pages, expected_chunks.as_ref())?;
        Ok(Self {
            file,
            name: pages.to_owned(),
            entries: map.entries,
            expected_crc,
            expected_chunks,
            pagemap_name: pagemap.to_owned(),
            pages: map.pages,
        })
    }

    /// Refuses entries that lie outside the mappings (in order; neighbours count as one).
    ///
    /// # Errors
    /// [`ErrorKind::Image`], naming the page map and the first such address.
    pub fn check_ranges(&self, ranges: &[FillRange]) -> Result<()> {
        check(
            &self.pagemap_name,
            ranges.iter().map(|range| (range.start, range.end)),
        )?;
        let mut pending = ranges.iter();
        let mut current = pending.next();
        for entry in &self.entries {
            let mut at = entry.address;
            while at < entry.end() {
                while current.is_some_and(|range| range.end <= at) {
                    current = pending.next();
                }
                match current {
                    Some(range) if range.start <= at => at = range.end,
                    _ => {
                        let cause = format!("it has a page at {at:#x}, where no private mapping is");
                        return Err(Error::image("use", &self.pagemap_name, cause));
                    }
                }
            }
        }
        Ok(())
    }

    /// Pages in the file.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// Bytes of the pages file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.pages * page::size64()
    }

    /// Entries of the page map.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.entries.len()
    }
}

fn open(dir: BorrowedFd<'_>, name: &str) -> Result<File> {
    openat(
        dir,
        name,
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY,
        Mode::empty(),
    )
    .map(File::from)
    .map_err(|errno| Error::os(ErrorKind::Image, "openat", "open", name, errno))
}

fn named(pages: &str, id: u64) -> bool {
    pages
        .strip_prefix("pages-")
        .and_then(|rest| rest.strip_suffix(".img"))
        == Some(id.to_string().as_str())
}

fn check_size(
    file: &File,
    name: &str,
    pagemap: &str,
    map: &Pagemap,
    expected: Option<&Expected>,
) -> Result<()> {
    let size = file
        .metadata()
        .map_err(|error| Error::io(ErrorKind::Image, "fstat", "read the size of", name, &error))?
        .len();
    let due = map.pages * page::size64();
    if let Some(expected) = expected.filter(|expected| expected.pages_size != size) {
        let cause = format!("it has {size} bytes, the manifest says {}", expected.pages_size);
        return Err(Error::image("use", name, cause));
    }
    if size != due {
        return Err(Error::image(
            "use",
            name,
            format!("it has {size} bytes, {pagemap} says {due}"),
        ));
    }
    Ok(())
}

fn check_chunks(name: &str, pages: u64, chunks: Option<&Chunks>) -> Result<()> {
    let Some(Chunks { size, crcs }) = chunks else {
        return Ok(());
    };
    if *size == 0 || !size.is_multiple_of(page::size64()) {
        let cause = format!("the manifest has sums of chunks of {size} bytes, which are no pages");
        return Err(Error::image("use", name, cause));
    }
    let due = (pages * page::size64()).div_ceil(*size);
    if due == crcs.len() as u64 {
        return Ok(());
    }
    let cause = format!("the manifest has sums of {} chunks, not of {due}", crcs.len());
    Err(Error::image("use", name, cause))
}
