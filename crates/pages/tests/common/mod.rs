// SPDX-License-Identifier: GPL-2.0-only
//! What the tests of this crate share: tasks with known memory, and directories for images.
#![allow(dead_code, unused_imports)]

mod dir;
mod dumped;
mod memory;
mod task;

pub(crate) use dir::TempDir;
pub(crate) use dumped::{Dumped, all};
pub(crate) use memory::{Memory, page_size, pattern};
pub(crate) use task::Task;

use std::os::fd::OwnedFd;

use stasis_pages::{DumpPipe, DumpSummary, FillPipe, FillSummary, PageFiles, Range};

/// Names used by most tests.
pub(crate) fn files() -> PageFiles {
    PageFiles {
        pages: "pages-1.img".into(),
        pagemap: "pagemap-5.img".into(),
        pages_id: 1,
    }
}

/// Pumps with several threads at once, then finishes.
pub(crate) fn dump(pipe: &DumpPipe, threads: usize) -> stasis_pages::Result<DumpSummary> {
    at_once(threads, || pipe.pump())?;
    pipe.finish()
}

pub(crate) fn dump_task(task: &Task, ranges: &[Range], dir: &TempDir) -> DumpSummary {
    let pipe = DumpPipe::of_task(task.pid, ranges, dir.fd(), files()).unwrap();
    dump(&pipe, 3).unwrap()
}

pub(crate) fn dump_object(object: &OwnedFd, dir: &TempDir) -> DumpSummary {
    dump(
        &DumpPipe::of_object(object, "object", dir.fd(), files()).unwrap(),
        3,
    )
    .unwrap()
}

pub(crate) fn fill(pipe: &FillPipe, threads: usize) -> stasis_pages::Result<FillSummary> {
    at_once(threads, || pipe.pump())?;
    pipe.finish()
}

fn at_once(threads: usize, job: impl Fn() -> stasis_pages::Result<()> + Sync) -> stasis_pages::Result<()> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(&job)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap())
    })
}
