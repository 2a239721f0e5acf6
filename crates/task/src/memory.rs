// SPDX-License-Identifier: GPL-2.0-only
use crate::{Result, TaskError};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;

/// An address in another task: a number to compute with, never a pointer to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RemoteAddress(pub u64);

impl RemoteAddress {
    #[must_use]
    pub fn plus(self, bytes: u64) -> Self {
        Self(self.0 + bytes)
    }
}

/// A task's memory through `/proc/PID/mem`, which ignores page protections for whoever may trace
/// the task (`FOLL_FORCE`): the vdso can be written, execute-only text can be read.
#[derive(Debug)]
pub struct Memory {
    pid: i32,
    file: File,
}

impl Memory {
    pub fn open(pid: i32) -> Result<Self> {
        let path = format!("/proc/{pid}/mem");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| TaskError::io("open the memory", "open", pid, 0, &error))?;
        Ok(Self { pid, file })
    }

    pub fn read(&self, from: RemoteAddress, into: &mut [u8]) -> Result<()> {
        self.file
            .read_exact_at(into, from.0)
            .map_err(|error| self.failed("read the memory", "pread", from, into.len(), &error))
    }

    pub fn read_u64(&self, from: RemoteAddress) -> Result<u64> {
        let mut word = [0u8; 8];
        self.read(from, &mut word)?;
        Ok(u64::from_le_bytes(word))
    }

    pub fn write(&self, to: RemoteAddress, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all_at(bytes, to.0)
            .map_err(|error| self.failed("write the memory", "pwrite", to, bytes.len(), &error))
    }

    fn failed(
        &self,
        stage: &'static str,
        call: &'static str,
        at: RemoteAddress,
        length: usize,
        error: &std::io::Error,
    ) -> TaskError {
        let mut failed = TaskError::io(stage, call, self.pid, 0, error);
        failed.detail = format!("{length} bytes at {:#x}", at.0);
        failed
    }
}
