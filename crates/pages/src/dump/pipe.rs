// SPDX-License-Identifier: GPL-2.0-only
//! The dump pipe: tickets in, pages file and page map out.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::bulk::{FileSum, write_image};
use crate::crc::{CHUNK, Chunks, cut};
use crate::dump::ledger::{Ledger, Outcome};
use crate::dump::object::ObjectSource;
use crate::dump::pages_file::PagesFile;
use crate::dump::source::Source;
use crate::dump::task::TaskSource;
use crate::dump::tickets::Tickets;
use crate::error::{Error, ErrorKind, Result};
use crate::page;
use crate::pool::Loan;
use crate::range::{Range, Run, Span};
use crate::scan::{Scan, scan};

/// Names of the two files to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFiles {
    /// `pages-N.img`.
    pub pages: String,
    /// `pagemap-PID.img` or `pagemap-shmem-ID.img`.
    pub pagemap: String,
    /// The `N` of the former, unique in the directory.
    pub pages_id: u32,
}

/// What was dumped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpSummary {
    /// Pages stored.
    pub pages: u64,
    /// Bytes stored.
    pub bytes: u64,
    /// Pages read and left out, being zero.
    pub zero_pages: u64,
    /// Entries of the page map.
    pub entries: u64,
    /// Guard pages, which are not in the image.
    pub guards: Vec<Span>,
    /// The pages file.
    pub pages_file: FileSum,
    /// The same of each chunk of it.
    pub pages_chunks: Chunks,
    /// The page map.
    pub pagemap_file: FileSum,
}

/// Carries pages into one pages file. Any number of threads may [`pump`](Self::pump) it at once.
///
/// The files it leaves behind when it fails or is dropped halfway belong to the caller's temporary directory.
#[derive(Debug)]
pub struct DumpPipe {
    source: Box<dyn Source>,
    tickets: Tickets,
    ledger: Ledger,
    dir: OwnedFd,
    file: PagesFile,
    files: PageFiles,
    total: u64,
    done: AtomicU64,
    cancelled: AtomicBool,
}

impl DumpPipe {
    /// Scans the private mappings of a stopped task and creates its pages file (mode 0600, `O_EXCL`).
    /// The task must stay stopped until every pump has returned.
    ///
    /// # Errors
    /// [`ErrorKind::Task`] when the task cannot be looked into; [`ErrorKind::Host`] when the file cannot be made.
    pub fn of_task(pid: i32, ranges: &[Range], dir: BorrowedFd<'_>, files: PageFiles) -> Result<Self> {
        Self::new(Box::new(TaskSource::new(pid)), scan(pid, ranges)?, dir, files)
    }

    /// The same for a memory object, whose offsets stand in the page map in place of addresses, as in
    /// CRIU's `pagemap-shmem-*.img`. `what` names it in errors: `memfd "queue" of pid 412`. The
    /// file position of `object` is left alone.
    ///
    /// # Errors
    /// As for [`of_task`](Self::of_task).
    pub fn of_object(object: &OwnedFd, what: &str, dir: BorrowedFd<'_>, files: PageFiles) -> Result<Self> {
        let source = ObjectSource::new(object, what)?;
        let runs = source.runs()?;
        let pages = runs.iter().map(|run| run.pages).sum();
        Self::new(
            Box::new(source),
            Scan {
                runs,
                pages,
                guards: Vec::new(),
            },
            dir,
            files,
        )
    }

    fn new(source: Box<dyn Source>, scan: Scan, dir: BorrowedFd<'_>, files: PageFiles) -> Result<Self> {
        let total = scan.pages * page::size64();
        let file = PagesFile::create(dir, &files.pages, total)?;
        let dir = dir
            .try_clone_to_owned()
            .map_err(|error| Error::io(ErrorKind::Host, "fcntl", "keep", "image directory", &error))?;
        Ok(Self {
            source,
            tickets: Tickets::new(scan.runs),
            ledger: Ledger::new(files.pages_id, scan.guards),
            dir,
            file,
            files,
            total,
            done: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
        })
    }

    /// Bytes to read in all, zero pages included.
    #[must_use]
    pub fn bytes_total(&self) -> u64 {
        self.total
    }

    /// Bytes read so far.
    #[must_use]
    pub fn bytes_done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Makes every pump return [`ErrorKind::Cancelled`] within a ticket's time.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Carries pages until none are left to take. When it fails, so do the other pumps, with the same error.
    ///
    /// # Errors
    /// A page that cannot be read names its task and address; nothing is ever stored in its place.
    pub fn pump(&self) -> Result<()> {
        let mut worker = Worker::default();
        // A panic here would leave the others waiting for its turn in the ledger forever.
        let guard = FailOnPanic(&self.ledger);
        let result = worker.work(self);
        std::mem::forget(guard);
        result.map_err(|error| self.ledger.fail(error))
    }

    /// Writes the page map; the task is no longer needed. To be called once, after every pump has returned `Ok`.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] when the page map cannot be written or the pipe is not empty.
    pub fn finish(&self) -> Result<DumpSummary> {
        if let Some(failure) = self.ledger.failure() {
            return Err(failure);
        }
        let (issued, all) = self.tickets.issued();
        let closed = self.ledger.close(issued).filter(|_| all).ok_or_else(|| {
            Error::new(
                ErrorKind::Host,
                "finish",
                &self.files.pages,
                "its pages are not all written",
            )
        })?;
        self.file.close(closed.sum.len)?;
        let pagemap_file = write_image(self.dir.as_fd(), &self.files.pagemap, &closed.map)?;
        Ok(DumpSummary {
            pages: closed.sum.len / page::size64(),
            bytes: closed.sum.len,
            zero_pages: closed.zero,
            entries: closed.entries,
            guards: closed.guards,
            pages_file: FileSum {
                name: self.files.pages.clone(),
                size: closed.sum.len,
                crc: closed.sum.crc,
            },
            pages_chunks: Chunks {
                size: CHUNK,
                crcs: closed.chunks,
            },
            pagemap_file,
        })
    }
}

/// What a thread keeps between tickets.
#[derive(Debug, Default)]
struct Worker {
    runs: Vec<Run>,
    guards: Vec<usize>,
    outcome: Outcome,
}

impl Worker {
    fn work(&mut self, pipe: &DumpPipe) -> Result<()> {
        let mut buffer = Loan::take()?;
        while let Some(ticket) = pipe.tickets.take(&mut self.runs) {
            if pipe.cancelled.load(Ordering::Relaxed) {
                return Err(Error::cancelled("dump", pipe.source.name()));
            }
            let bytes = self.runs.iter().map(Run::bytes).sum::<u64>() as usize;
            self.guards.clear();
            pipe.source
                .read(&self.runs, &mut buffer[..bytes], &mut self.guards)?;
            self.sift(&mut buffer);
            let claim = pipe.ledger.claim(ticket, &self.outcome)?;
            let stored = &buffer[..claim.bytes as usize];
            let sums = cut(stored, claim.offset, CHUNK);
            pipe.file.write(stored, claim.offset)?;
            pipe.ledger.written(claim, sums);
            pipe.done.fetch_add(bytes as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Moves the pages to store to the front of the buffer, over those of zeros and over guard pages.
    fn sift(&mut self, buffer: &mut [u8]) {
        let size = page::size();
        let Outcome { stored, zero, guards } = &mut self.outcome;
        stored.clear();
        guards.clear();
        *zero = 0;
        let (mut index, mut kept) = (0, 0);
        let mut unreadable = self.guards.iter().peekable();
        for run in &self.runs {
            for number in 0..run.pages {
                let address = run.start + number * page::size64();
                let at = index * size;
                index += 1;
                if unreadable.next_if_eq(&&(index - 1)).is_some() {
                    guards.push(address);
                } else if !run.keep_zero && page::is_zero(&buffer[at..at + size]) {
                    *zero += 1;
                } else {
                    if kept != at {
                        buffer.copy_within(at..at + size, kept);
                    }
                    kept += size;
                    match stored.last_mut() {
                        Some((start, count)) if *start + *count * page::size64() == address => *count += 1,
                        _ => stored.push((address, 1)),
                    }
                }
            }
        }
    }
}

/// Dropped only by a panic.
struct FailOnPanic<'a>(&'a Ledger);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        self.0
            .fail(Error::new(ErrorKind::Host, "dump", "pages", "a worker panicked"));
    }
}
