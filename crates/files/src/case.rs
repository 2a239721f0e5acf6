// SPDX-License-Identifier: GPL-2.0-only
use crate::error::FilesError;
use crate::refusals::Reason;
use crate::table::OpenFd;
use rustix::fs::Stat;
use std::os::fd::BorrowedFd;

/// `O_PATH`.
const PATH_ONLY: u32 = 0o10_000_000;

/// Why a description is not described: it cannot be dumped, or the survey has failed.
pub(crate) enum Stop {
    Refuse(Reason),
    Failed(FilesError),
}

impl From<FilesError> for Stop {
    fn from(error: FilesError) -> Self {
        Self::Failed(error)
    }
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Refuse(reason)
    }
}

/// One description under examination.
pub(crate) struct Case<'a> {
    pub(crate) number: u32,
    pub(crate) open: &'a OpenFd,
    /// Our duplicate.
    pub(crate) fd: BorrowedFd<'a>,
    pub(crate) stat: Stat,
    /// What `/proc/PID/fd/N` leads to.
    pub(crate) link: &'a [u8],
}

impl Case<'_> {
    /// The error of a query that should not have failed.
    pub(crate) fn failed(
        &self,
        stage: &'static str,
        call: &'static str,
        e: impl Into<std::io::Error>,
    ) -> FilesError {
        FilesError::io(stage, self.open.pid, call, e).of(format!("fd {}", self.open.fd))
    }

    pub(crate) fn path_only(&self) -> bool {
        self.open.flags & PATH_ONLY != 0
    }
}
