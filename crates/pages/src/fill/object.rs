// SPDX-License-Identifier: GPL-2.0-only
//! Filling a memory object through its descriptor.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;

use crate::error::{Error, ErrorKind, Result};
use crate::fill::sink::{Part, Sink};
use crate::image::PageImages;
use crate::page;
use crate::whole::reopen;

#[derive(Debug)]
pub(super) struct ObjectSink {
    file: File,
    what: String,
    size: u64,
}

impl ObjectSink {
    /// The object must have its final size, which the pages must fit: images of half a page more are refused.
    pub(super) fn new(object: &OwnedFd, what: &str, images: &PageImages) -> Result<Self> {
        let file = reopen(object.as_fd(), true, what)?;
        let size = file
            .metadata()
            .map_err(|error| Error::io(ErrorKind::Host, "fstat", "read the size of", what, &error))?
            .len();
        let end = images.entries.last().map_or(0, |entry| entry.end());
        if end > size.next_multiple_of(page::size64()) {
            let cause = format!("it has pages up to {end:#x}, {what} has {size:#x} bytes");
            return Err(Error::image("use", &images.name, cause));
        }
        Ok(Self {
            file,
            what: what.to_owned(),
            size,
        })
    }
}

impl Sink for ObjectSink {
    fn write(&self, parts: &[Part], mut from: &[u8]) -> Result<()> {
        for part in parts {
            let (bytes, rest) = from.split_at(part.len as usize);
            // The last page may reach beyond the end; writing it whole would make the object longer.
            let within = (bytes.len() as u64).min(self.size.saturating_sub(part.address)) as usize;
            self.file
                .write_all_at(&bytes[..within], part.address)
                .map_err(|error| Error::io(ErrorKind::Host, "pwrite", "write", &self.what, &error))?;
            from = rest;
        }
        Ok(())
    }

    fn release(&self) -> Result<()> {
        Ok(())
    }
}
