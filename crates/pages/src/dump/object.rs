// SPDX-License-Identifier: GPL-2.0-only
//! Memory objects reached by descriptor: memfd, shared anonymous memory, System V segments.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

use crate::dump::source::Source;
use crate::error::{Error, ErrorKind, Result};
use crate::page;
use crate::range::Run;
use crate::whole::segments;

#[derive(Debug)]
pub(super) struct ObjectSource {
    file: File,
    what: String,
    size: u64,
}

impl ObjectSource {
    /// Opens the object anew: `SEEK_DATA` moves the file position, and the descriptor given may share
    /// its position with the tasks being dumped.
    pub(super) fn new(object: &OwnedFd, what: &str) -> Result<Self> {
        let failed = |call, error| Error::io(ErrorKind::Task, call, "open", what, &error);
        let file = File::open(format!("/proc/self/fd/{}", object.as_raw_fd()))
            .map_err(|error| failed("openat", error))?;
        let size = file.metadata().map_err(|error| failed("fstat", error))?.len();
        Ok(Self {
            file,
            what: what.to_owned(),
            size,
        })
    }

    /// Whole pages that hold data.
    pub(super) fn runs(&self) -> Result<Vec<Run>> {
        let size = page::size64();
        let mut runs: Vec<Run> = Vec::new();
        for segment in segments(self.file.as_fd(), self.size, &self.what)? {
            let (start, end) = (segment.start / size * size, segment.end.next_multiple_of(size));
            match runs.last_mut() {
                Some(last) if last.start + last.bytes() >= start => last.pages = (end - last.start) / size,
                _ => runs.push(Run {
                    start,
                    pages: (end - start) / size,
                    keep_zero: false,
                    mapped_elsewhere: false,
                }),
            }
        }
        Ok(runs)
    }

    fn read_run(&self, start: u64, into: &mut [u8]) -> Result<()> {
        let object = || format!("offset {start:#x} of {}", self.what);
        let present = (into.len() as u64).min(self.size.saturating_sub(start)) as usize;
        let (present, behind) = into.split_at_mut(present);
        behind.fill(0);
        self.file
            .read_exact_at(present, start)
            .map_err(|error| Error::io(ErrorKind::Task, "pread", "read", object(), &error))
    }
}

impl Source for ObjectSource {
    fn read(&self, runs: &[Run], mut into: &mut [u8], _guards: &mut Vec<usize>) -> Result<()> {
        for run in runs {
            let (part, rest) = into.split_at_mut(run.bytes() as usize);
            self.read_run(run.start, part)?;
            into = rest;
        }
        Ok(())
    }

    fn name(&self) -> String {
        self.what.clone()
    }
}
