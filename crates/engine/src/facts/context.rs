// SPDX-License-Identifier: GPL-2.0-only
use super::path::Paths;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use stasis_files::Objects;
use stasis_task::{Result, TaskError};
use stasis_wire::facts::Refusal;
use std::os::fd::{AsFd, OwnedFd};

/// What the facts of all tasks of a survey have in common. Several threads look at tasks at once.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) paths: Paths,
    /// Inode numbers of this process's own namespaces, by kind.
    pub(crate) own_namespaces: Vec<(&'static str, u64)>,
}

/// What was met while looking at one task, to be put together in the order of the tasks.
#[derive(Debug, Default)]
pub(crate) struct Met {
    pub(crate) objects: Objects,
    pub(crate) refusals: Vec<Refusal>,
}

/// An open folder of `/proc`: many files are read of each, and every path from the root would look the task up again.
#[derive(Debug)]
pub(crate) struct Proc {
    pid: i32,
    path: String,
    folder: OwnedFd,
}

/// Larger than all but a few records: a second read would only find the end.
const RECORD: usize = 4096;

impl Proc {
    /// `/proc/PID`.
    pub(crate) fn task(pid: i32) -> Result<Self> {
        Self::open(pid, format!("/proc/{pid}"))
    }

    /// `/proc/PID/task`.
    pub(crate) fn threads(pid: i32) -> Result<Self> {
        Self::open(pid, format!("/proc/{pid}/task"))
    }

    fn open(pid: i32, path: String) -> Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(CWD, path.as_str(), flags, Mode::empty())
            .map_err(|error| failed(pid, "open", error, path.clone()))?;
        Ok(Self { pid, path, folder })
    }

    pub(crate) fn folder(&self) -> impl AsFd + '_ {
        &self.folder
    }

    /// A file that the kernel prints as one record (`single_open` of its seq_file, or `simple_read_from_buffer`): a
    /// read that leaves room got all of it.
    pub(crate) fn record(&self, name: &str) -> Result<Vec<u8>> {
        self.read(name, RECORD, true)
    }

    /// Any file; `about` is how long it is expected to be.
    pub(crate) fn all(&self, name: &str, about: usize) -> Result<Vec<u8>> {
        self.read(name, about, false)
    }

    fn read(&self, name: &str, about: usize, short_is_end: bool) -> Result<Vec<u8>> {
        let failed = |call, error| failed(self.pid, call, error, format!("{}/{name}", self.path));
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(&self.folder, name, flags, Mode::empty()).map_err(|error| failed("open", error))?;
        let mut text = Vec::with_capacity(about);
        loop {
            text.reserve(RECORD);
            let room = text.capacity() - text.len();
            let length = rustix::io::read(&file, rustix::buffer::spare_capacity(&mut text))
                .map_err(|error| failed("read", error))?;
            if length == 0 || short_is_end && length < room {
                return Ok(text);
            }
        }
    }
}

fn failed(pid: i32, call: &'static str, error: Errno, path: String) -> TaskError {
    let mut failed = TaskError::io("read the state", call, pid, 0, &error.into());
    failed.detail = path;
    failed
}

/// An error of a kernel-text parser, as one about the task.
pub(crate) fn parsed<T>(pid: i32, result: stasis_kernel_text::Result<T>) -> Result<T> {
    result.map_err(|error| TaskError::because("read the state", pid, error.to_string()))
}
