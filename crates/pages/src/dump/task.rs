// SPDX-License-Identifier: GPL-2.0-only
//! The memory of a stopped task.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;

use rustix::io::Errno;

use crate::dump::source::Source;
use crate::error::{Error, ErrorKind, Result, task_name};
use crate::page;
use crate::range::Run;
use crate::scan::may_be_guard;
use crate::sys::{Piece, read_task};

/// Reads with `process_vm_readv`, which takes many pages at a time, and what is not for that through `/proc/PID/mem`: what the
/// protection of a mapping refuses (`FOLL_FORCE`, `fs/proc/base.c`), and pages that are mapped elsewhere. The former call
/// pins pages, and to do that it would make a copy of those for this task (since 5.19; `gup_must_unshare`,
/// `include/linux/mm.h`): a tree of forked processes would need its memory many times over to be dumped.
#[derive(Debug)]
pub(super) struct TaskSource {
    pid: i32,
    memory: OnceLock<File>,
}

impl TaskSource {
    pub(super) fn new(pid: i32) -> Self {
        Self {
            pid,
            memory: OnceLock::new(),
        }
    }

    fn error(&self, call: &'static str, address: u64, errno: Errno) -> Error {
        let object = format!("page {address:#x} of {}", task_name(self.pid));
        Error::os(ErrorKind::Task, call, "read", object, errno).pid(self.pid)
    }

    fn memory(&self, address: u64) -> Result<&File> {
        if let Some(file) = self.memory.get() {
            return Ok(file);
        }
        let file = File::open(format!("/proc/{}/mem", self.pid)).map_err(|error| {
            self.error(
                "openat",
                address,
                Errno::from_io_error(&error).unwrap_or(Errno::IO),
            )
        })?;
        Ok(self.memory.get_or_init(|| file))
    }

    /// Reads what is not for `process_vm_readv`. Returns bytes of whole pages read: none means a guard page.
    fn read_unpinned(&self, address: u64, into: &mut [u8]) -> Result<usize> {
        let size = page::size();
        let read = self.memory(address)?.read_at(into, address);
        match read {
            Ok(bytes) if bytes >= size => Ok(bytes / size * size),
            _ if may_be_guard(self.pid, address) => {
                into[..size].fill(0);
                Ok(0)
            }
            Ok(_) => Err(self.error("pread", address, Errno::IO)),
            Err(error) => {
                let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
                Err(self
                    .error("pread", address, errno)
                    .hint("its content is lost (hardware poison), or it was unmapped while it was read"))
            }
        }
    }
}

impl Source for TaskSource {
    fn read(&self, runs: &[Run], into: &mut [u8], guards: &mut Vec<usize>) -> Result<()> {
        let size = page::size();
        let mut pieces: Vec<Piece> = runs
            .iter()
            .map(|run| Piece {
                address: run.start,
                len: run.bytes() as usize,
            })
            .collect();
        let (mut first, mut done) = (0, 0);
        while first < pieces.len() {
            let own = runs[first..]
                .iter()
                .take_while(|run| !run.mapped_elsewhere)
                .count();
            let pinned = match own {
                0 => Ok(0),
                own => read_task(self.pid, &pieces[first..first + own], &mut into[done..]),
            };
            let read = match pinned {
                Ok(bytes) => bytes / size * size,
                Err(Errno::FAULT) => 0,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(self.error("process_vm_readv", pieces[first].address, errno)),
            };
            done += read;
            first += advance(&mut pieces[first..], read);
            let Some(piece) = pieces.get(first).copied().filter(|_| done < into.len()) else {
                continue;
            };
            if read > 0 && piece.address == runs[first].start {
                // Stopped between two pieces, maybe only for the number of them.
                continue;
            }
            let unpinned = self.read_unpinned(piece.address, &mut into[done..done + piece.len])?;
            if unpinned == 0 {
                guards.push(done / size);
            }
            let passed = unpinned.max(size);
            done += passed;
            first += advance(&mut pieces[first..], passed);
        }
        Ok(())
    }

    fn name(&self) -> String {
        format!("memory of {}", task_name(self.pid))
    }
}

/// Takes `bytes` off the front of the pieces; returns how many are used up.
fn advance(pieces: &mut [Piece], mut bytes: usize) -> usize {
    let mut used = 0;
    for piece in pieces {
        if bytes < piece.len {
            piece.address += bytes as u64;
            piece.len -= bytes;
            break;
        }
        bytes -= piece.len;
        used += 1;
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing() {
        let piece = |address, len| Piece { address, len };
        let mut pieces = [piece(0, 10), piece(100, 20), piece(200, 5)];
        assert_eq!(advance(&mut pieces, 0), 0);
        assert_eq!(advance(&mut pieces, 15), 1);
        assert_eq!(pieces[1], piece(105, 15));
        assert_eq!(advance(&mut pieces[1..], 20), 2);
    }
}
