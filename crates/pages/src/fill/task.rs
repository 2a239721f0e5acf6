// SPDX-License-Identifier: GPL-2.0-only
//! Filling the private memory of a half-restored task.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Result, task_name};
use crate::fill::plan::stretches;
use crate::fill::sink::{Part, Sink, Way};
use crate::image::Entry;
use crate::page;
use crate::range::{FillRange, Kind, Span};
use crate::sys::Uffd;

/// Pages from which on placing them saves more than registering their mapping and undoing it costs: a task may
/// have a hundred thousand mappings of a page or two.
const WORTHWHILE: u64 = 64;

/// The task, and the ranges in which its missing pages come from nowhere but here.
#[derive(Debug)]
pub(super) struct TaskSink {
    pid: i32,
    uffd: Option<Uffd>,
    registered: Mutex<Vec<Span>>,
    /// `/proc/PID/mem`, which stays this task's memory whoever gets the pid after it.
    memory: File,
}

impl TaskSink {
    pub(super) fn new(pid: i32, memory: File, uffd: Option<OwnedFd>) -> Result<Self> {
        let uffd = uffd.map(Uffd::new).transpose().map_err(|errno| {
            let object = format!("userfaultfd of {}", task_name(pid));
            Error::os(ErrorKind::Task, "ioctl(UFFDIO_API)", "use", object, errno).pid(pid)
        })?;
        Ok(Self {
            pid,
            uffd,
            registered: Mutex::default(),
            memory,
        })
    }

    /// Registers the ranges that have entries and can be placed into; tells the way of each.
    pub(super) fn ways(&self, entries: &[Entry], ranges: &[FillRange]) -> Vec<Way> {
        let mut ways: Vec<_> = ranges
            .iter()
            .map(|range| match range.kind {
                Kind::Kernel => Way::PassOver,
                _ => Way::Write,
            })
            .collect();
        let Some(uffd) = &self.uffd else { return ways };
        let mut registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = vec![0; ranges.len()];
        stretches(entries, ranges, |index, _, len| bytes[index] += len);
        for ((range, way), bytes) in ranges.iter().zip(&mut ways).zip(bytes) {
            let worthwhile = range.kind == Kind::Anonymous && bytes >= WORTHWHILE * page::size64();
            // What the kernel does not take (a special mapping, say) is written as without it.
            if worthwhile && uffd.register(range.start, range.end - range.start).is_ok() {
                registered.push(Span {
                    start: range.start,
                    end: range.end,
                });
                *way = Way::Place;
            }
        }
        ways
    }

    fn error(&self, call: &'static str, address: u64, errno: Errno) -> Error {
        let object = format!("page {address:#x} of {}", task_name(self.pid));
        Error::os(ErrorKind::Task, call, "write", object, errno).pid(self.pid)
    }

    /// Writes whatever the protection, as a debugger does.
    fn write_at(&self, address: u64, from: &[u8]) -> Result<()> {
        let failed = |error: std::io::Error| {
            self.error(
                "pwrite",
                address,
                Errno::from_io_error(&error).unwrap_or(Errno::IO),
            )
        };
        self.memory.write_all_at(from, address).map_err(failed)
    }

    fn place(&self, uffd: &Uffd, part: &Part, from: &[u8]) -> Result<()> {
        let (mut done, mut most) = (0, from.len());
        while done < from.len() {
            let address = part.address + done as u64;
            let copied = uffd.copy(address, &from[done..from.len().min(done + most)]);
            done += copied.bytes;
            match copied.stopped {
                None => {}
                // Not within one mapping: somebody has split it since it was registered.
                Some(Errno::NOENT) if most > page::size() => most = page::size(),
                Some(Errno::AGAIN) => std::thread::yield_now(),
                // Something has touched the page before: it is there, so writing it waits for no fault.
                Some(Errno::EXIST) => {
                    self.write_at(address, &from[done..done + page::size()])?;
                    done += page::size();
                }
                Some(errno) => return Err(self.error("ioctl(UFFDIO_COPY)", address, errno)),
            }
        }
        Ok(())
    }
}

impl Sink for TaskSink {
    fn write(&self, parts: &[Part], mut from: &[u8]) -> Result<()> {
        for part in parts {
            let (bytes, rest) = from.split_at(part.len as usize);
            match (part.way, &self.uffd) {
                (Way::Place, Some(uffd)) => self.place(uffd, part, bytes)?,
                (Way::PassOver, _) => {}
                _ => self.write_at(part.address, bytes)?,
            }
            from = rest;
        }
        Ok(())
    }

    fn release(&self) -> Result<()> {
        let Some(uffd) = &self.uffd else { return Ok(()) };
        let mut registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        for span in registered.drain(..) {
            uffd.unregister(span.start, span.end - span.start)
                .map_err(|errno| self.error("ioctl(UFFDIO_UNREGISTER)", span.start, errno))?;
        }
        Ok(())
    }
}

impl Drop for TaskSink {
    fn drop(&mut self) {
        // After a failure the task is killed; until then it must not hang in a fault nobody serves.
        let _ = self.release();
    }
}
