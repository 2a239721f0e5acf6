// SPDX-License-Identifier: GPL-2.0-only
use std::fmt;

use rustix::io::Errno;

/// What went wrong: an operation on an object, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The operation and its object, such as `map arena`.
    pub operation: &'static str,
    /// The kernel's reason, where it gave one.
    pub errno: Option<i32>,
    /// The reason in words, or more about it.
    pub detail: String,
}

impl Error {
    pub(crate) fn system(operation: &'static str) -> impl FnOnce(Errno) -> Self {
        move |errno| Self {
            operation,
            errno: Some(errno.raw_os_error()),
            detail: String::new(),
        }
    }

    pub(crate) fn refused(operation: &'static str, detail: impl Into<String>) -> Self {
        Self {
            operation,
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
