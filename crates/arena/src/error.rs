// SPDX-License-Identifier: GPL-2.0-only
use std::fmt;

use rustix::io::Errno;
use stasis_error::Kind;

/// What went wrong: an operation on an object, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The operation and its object, such as `map arena`.
    pub operation: &'static str,
    /// The system call that failed, empty where none did.
    pub call: &'static str,
    /// The kernel's reason, where it gave one.
    pub errno: Option<i32>,
    /// The reason in words, or more about it.
    pub detail: String,
}

impl Error {
    pub(crate) fn system(operation: &'static str, call: &'static str) -> impl FnOnce(Errno) -> Self {
        move |errno| Self {
            operation,
            call,
            errno: Some(errno.raw_os_error()),
            detail: String::new(),
        }
    }

    pub(crate) fn refused(operation: &'static str, detail: impl Into<String>) -> Self {
        Self {
            operation,
            call: "",
            errno: None,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot {}", self.operation)?;
        if let Some(errno) = self.errno {
            write!(out, ": {}", std::io::Error::from_raw_os_error(errno))?;
        }
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(out, ": {}", self.detail)
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for stasis_error::Error {
    fn from(error: Error) -> Self {
        Self {
            call: error.call,
            errno: error.errno.unwrap_or(0),
            ..Self::because(error.operation, 0, error.detail).of_kind(Kind::Host)
        }
    }
}

/// The errno of a fault that a test has put at this step.
pub(crate) fn injected(step: &str) -> Result<(), Errno> {
    stasis_fault::at(step).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_call_and_errno() {
        let error = Error::system("size arena", "ftruncate")(Errno::NOSPC);
        let error = stasis_error::Error::from(error).during("prepare the restore", 7);
        assert_eq!(
            (error.call, error.errno, error.pid),
            ("ftruncate", libc::ENOSPC, 7)
        );
        assert_eq!(error.detail, "cannot size arena");
        // Something of ours that is missing is no task that is gone.
        assert_eq!(error.kind, Kind::Host);
    }
}
