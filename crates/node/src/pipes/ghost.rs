// SPDX-License-Identifier: GPL-2.0-only
//! Deleted files as streams: one pump does all of it, with threads of its own.
use super::{Flow, PipeSummary};
use crate::error::{Failure, writing};
use crate::images::{open_dir, threads};
use stasis_pages::{Ghost, Result, ghost_load, ghost_save};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A deleted file on its way into an image.
pub(crate) struct Save {
    source: File,
    what: String,
    dir: File,
    name: String,
    head: Vec<u8>,
    chunks: bool,
    size: u64,
    begun: AtomicBool,
    stop: AtomicBool,
    done: AtomicU64,
    sum: Mutex<Option<stasis_pages::FileSum>>,
}

impl Save {
    pub(crate) fn new(
        link: &str,
        dir: &str,
        name: String,
        head: Vec<u8>,
        chunks: bool,
    ) -> std::result::Result<Self, Failure> {
        let failed = |call, error| Failure::host("save a deleted file", call, link, &error);
        let source = File::open(link).map_err(|error| failed("open", error))?;
        let size = source.metadata().map_err(|error| failed("fstat", error))?.len();
        let dir = open_dir(dir)?;
        let (begun, stop) = (AtomicBool::default(), AtomicBool::default());
        let (done, sum) = (AtomicU64::default(), Mutex::default());
        Ok(Self {
            source,
            what: link.to_owned(),
            dir,
            name,
            head,
            chunks,
            size,
            begun,
            stop,
            done,
            sum,
        })
    }
}

impl Flow for Save {
    type End = PipeSummary;

    fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    fn pump(&self) -> Result<()> {
        if self.begun.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let image = (self.dir.as_fd(), self.name.as_str());
        let sum = ghost_save(
            self.source.as_fd(),
            &self.what,
            image,
            &self.head,
            self.chunks,
            threads(),
            &self.stop,
        )?;
        self.done.store(self.size, Ordering::Relaxed);
        *self.sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(sum);
        Ok(())
    }

    fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn failure(&self, error: stasis_pages::Error) -> Failure {
        writing(error)
    }

    fn end(&self) -> Result<PipeSummary> {
        let sum = self
            .sum
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        Ok(PipeSummary {
            pages: 0.0,
            bytes: self.size as f64,
            guards: Vec::new(),
            files: sum.into_iter().map(Into::into).collect(),
        })
    }
}

/// The content of a deleted file on its way back into a new one.
pub(crate) struct Load {
    pub(crate) dir: File,
    pub(crate) name: String,
    pub(crate) ghost: Ghost,
    pub(crate) target: OwnedFd,
    pub(crate) crc: Option<u32>,
    pub(crate) begun: AtomicBool,
    pub(crate) stop: AtomicBool,
}

impl Flow for Load {
    type End = f64;

    fn done(&self) -> u64 {
        if self.begun.load(Ordering::Relaxed) {
            self.ghost.size
        } else {
            0
        }
    }

    fn pump(&self) -> Result<()> {
        if self.begun.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let ghost = Ghost {
            head: self.ghost.head,
            size: self.ghost.size,
            chunks: self.ghost.chunks,
        };
        ghost_load(
            (self.dir.as_fd(), &self.name),
            ghost,
            self.target.as_fd(),
            self.crc,
            threads(),
            &self.stop,
        )
    }

    fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn end(&self) -> Result<f64> {
        Ok(self.ghost.size as f64)
    }
}
