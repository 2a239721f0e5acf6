// SPDX-License-Identifier: GPL-2.0-only
//! The fill pipe: pages file and page map in, memory out.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::crc::{self, Chunks, Piece, combine};
use crate::error::{Error, ErrorKind, Result};
use crate::fill::object::ObjectSink;
use crate::fill::plan::{cut, for_object, for_task};
use crate::fill::sink::{Part, Sink};
use crate::fill::task::TaskSink;
use crate::image::PageImages;
use crate::pool::{self, Loan};
use crate::range::FillRange;

/// Bytes a thread takes at once.
const CHUNK: u64 = pool::SIZE as u64;

/// What was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillSummary {
    /// Pages brought back.
    pub pages: u64,
    /// Bytes brought back.
    pub bytes: u64,
    /// CRC-32 of the pages file, which is the expected one where one was given.
    pub crc: u32,
}

/// Carries the pages of one pages file to where they belong. Any number of threads may
/// [`pump`](Self::pump) it at once.
#[derive(Debug)]
pub struct FillPipe {
    images: PageImages,
    parts: Vec<Part>,
    sink: Box<dyn Sink>,
    next: AtomicU64,
    done: AtomicU64,
    cancelled: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Of each [`CHUNK`], cut where those of the manifest end.
    sums: Vec<Option<Vec<Piece>>>,
    failure: Option<Error>,
}

impl FillPipe {
    /// Prepares to fill the private mappings of a task that waits, with all of them in place.
    ///
    /// `uffd` is a descriptor fresh from the task's own `userfaultfd(2)`: pages are then placed by
    /// `UFFDIO_COPY`, more than twice as fast as by writing, whatever the protection. Until
    /// [`finish`](Self::finish) or drop, neither the task nor anybody else may touch missing pages of
    /// `ranges`. Without it, and where it is not worth while, pages are written through `memory`, the task's `/proc/PID/mem`
    /// opened for writing. Not by `process_vm_writev`, which is hardly faster (0.20 s for 256 MiB, 0.21 s so) but finds the task by its
    /// pid: that may be somebody else's at any time.
    ///
    /// # Errors
    /// [`ErrorKind::Image`] when an entry lies outside `ranges`; [`ErrorKind::Task`] when the
    /// descriptor is no fresh userfaultfd.
    pub fn into_task(
        (pid, memory): (i32, File),
        images: PageImages,
        ranges: &[FillRange],
        uffd: Option<OwnedFd>,
    ) -> Result<Self> {
        images.check_ranges(ranges)?;
        let sink = TaskSink::new(pid, memory, uffd)?;
        let ways = sink.ways(&images.entries, ranges);
        let parts = for_task(&images.entries, ranges, &ways);
        Ok(Self::new(images, parts, Box::new(sink)))
    }

    /// Prepares to fill a memory object, which has its final size and is still writable (not
    /// sealed). `what` names it in errors.
    ///
    /// # Errors
    /// [`ErrorKind::Image`] when pages lie beyond its end; [`ErrorKind::Host`] when it cannot be opened for writing.
    pub fn into_object(object: &OwnedFd, what: &str, images: PageImages) -> Result<Self> {
        let sink = ObjectSink::new(object, what, &images)?;
        let parts = for_object(&images.entries);
        Ok(Self::new(images, parts, Box::new(sink)))
    }

    fn new(images: PageImages, parts: Vec<Part>, sink: Box<dyn Sink>) -> Self {
        let reads = images.bytes().div_ceil(CHUNK) as usize;
        Self {
            images,
            parts,
            sink,
            next: AtomicU64::new(0),
            done: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            state: Mutex::new(State {
                sums: vec![None; reads],
                failure: None,
            }),
        }
    }

    /// Bytes to carry in all.
    #[must_use]
    pub fn bytes_total(&self) -> u64 {
        self.images.bytes()
    }

    /// Bytes carried so far.
    #[must_use]
    pub fn bytes_done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Makes every pump return [`ErrorKind::Cancelled`] within a chunk's time.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Carries pages until none are left to take. When it fails, so do the other pumps, with the same error.
    ///
    /// # Errors
    /// The pages file cannot be read, or the task not be written: then at which address.
    pub fn pump(&self) -> Result<()> {
        self.work().map_err(|error| {
            let first = self.state().failure.get_or_insert(error).clone();
            // Nobody starts another chunk.
            self.next.store(self.images.bytes(), Ordering::SeqCst);
            first
        })
    }

    /// Verifies the checksum of everything read, and gives the mappings back to the kernel's own
    /// fault handling. To be called once, after every pump has returned `Ok`, and before the task
    /// runs code of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Image`] naming the pages file when its content is not what was dumped.
    pub fn finish(&self) -> Result<FillSummary> {
        let state = self.state();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        let name = &self.images.name;
        let sums: Option<Vec<&[Piece]>> = state.sums.iter().map(Option::as_deref).collect();
        let sums = sums
            .ok_or_else(|| Error::new(ErrorKind::Host, "finish", name, "its pages are not all read"))?
            .concat();
        let sum = combine(sums.iter().copied());
        if let Some(place) = self
            .images
            .expected_chunks
            .as_ref()
            .and_then(|chunks| altered(&sums, chunks))
        {
            return Err(Error::altered(name, &format!(" in bytes {place}")));
        }
        if self
            .images
            .expected_crc
            .is_some_and(|expected| expected != sum.crc)
        {
            return Err(Error::altered(name, ""));
        }
        self.sink.release()?;
        Ok(FillSummary {
            pages: self.images.pages(),
            bytes: sum.len,
            crc: sum.crc,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) -> Result<()> {
        let name = &self.images.name;
        let total = self.images.bytes();
        let mut buffer = Loan::take()?;
        let mut parts = Vec::new();
        let chunk = self
            .images
            .expected_chunks
            .as_ref()
            .map_or(u64::MAX, |chunks| chunks.size);
        loop {
            let offset = self.next.fetch_add(CHUNK, Ordering::Relaxed);
            if offset >= total {
                let failure = self.state().failure.clone();
                return failure.map_or(Ok(()), Err);
            }
            if self.cancelled.load(Ordering::Relaxed) {
                return Err(Error::cancelled("fill memory from", name));
            }
            let bytes = &mut buffer[..CHUNK.min(total - offset) as usize];
            self.images
                .file
                .read_exact_at(bytes, offset)
                .map_err(|error| Error::io(ErrorKind::Image, "pread", "read", name, &error))?;
            let sums = crc::cut(bytes, offset, chunk);
            cut(&self.parts, offset, bytes.len() as u64, &mut parts);
            self.sink.write(&parts, bytes)?;
            self.state().sums[(offset / CHUNK) as usize] = Some(sums);
            self.done.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
    }
}

/// The first chunk that is not as expected: its first byte, and the one behind its last.
fn altered(sums: &[Piece], expected: &Chunks) -> Option<String> {
    let found = crc::chunks(sums, expected.size);
    let index = found
        .iter()
        .zip(&expected.crcs)
        .position(|(found, expected)| found.crc != *expected)?;
    let start = index as u64 * expected.size;
    Some(format!("{start:#x}-{:#x}", start + found[index].len))
}
