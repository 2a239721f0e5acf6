// SPDX-License-Identifier: GPL-2.0-only
//! What went wrong: operation, object, cause, hint.

use std::fmt;

use rustix::io::Errno;
use stasis_error::Kind;

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Whose fault it is, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The task could not be read, written or found.
    Task,
    /// An image is missing, truncated or altered.
    Image,
    /// A file of ours could not be written, or the caller broke the contract.
    Host,
    /// Somebody called `cancel`.
    Cancelled,
}

/// The parts of an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Whose fault it is.
    pub kind: ErrorKind,
    /// A verb: `read`, `write`.
    pub operation: &'static str,
    /// What it was done to: `page 0x7f0000 of pid 412 (redis-server)`.
    pub object: String,
    /// Why not.
    pub cause: String,
    /// What would help.
    pub hint: Option<String>,
    /// The system call, where there was one; empty otherwise.
    pub call: &'static str,
    /// What it answered.
    pub errno: Option<i32>,
    /// The task, where there is one.
    pub pid: Option<i32>,
}

/// An error; the parts are reached by dereferencing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Failure>);

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        operation: &'static str,
        object: impl Into<String>,
        cause: impl Into<String>,
    ) -> Self {
        Self(Box::new(Failure {
            kind,
            operation,
            object: object.into(),
            cause: cause.into(),
            hint: None,
            call: "",
            errno: None,
            pid: None,
        }))
    }

    /// An error of a system call.
    pub(crate) fn os(
        kind: ErrorKind,
        call: &'static str,
        operation: &'static str,
        object: impl Into<String>,
        errno: Errno,
    ) -> Self {
        let mut error = Self::new(kind, operation, object, reason(errno));
        error.0.call = call;
        error.0.errno = Some(errno.raw_os_error());
        error.0.hint = match (kind, errno) {
            (ErrorKind::Task, Errno::PERM | Errno::ACCESS) => Some("needs CAP_SYS_PTRACE".to_owned()),
            (_, Errno::NOSPC | Errno::DQUOT) => {
                Some("free space there or choose another directory".to_owned())
            }
            (ErrorKind::Task, Errno::SRCH) => Some("the task has ended".to_owned()),
            _ => None,
        };
        error
    }

    /// The same, from what the standard library reports.
    pub(crate) fn io(
        kind: ErrorKind,
        call: &'static str,
        operation: &'static str,
        object: impl Into<String>,
        error: &std::io::Error,
    ) -> Self {
        Self::os(
            kind,
            call,
            operation,
            object,
            Errno::from_io_error(error).unwrap_or(Errno::IO),
        )
    }

    pub(crate) fn image(operation: &'static str, name: &str, cause: impl Into<String>) -> Self {
        Self::new(ErrorKind::Image, operation, name, cause)
    }

    /// Not what the manifest says. `place`: ` in bytes …`, or nothing.
    pub(crate) fn altered(name: &str, place: &str) -> Self {
        let cause = format!("its checksum differs from the manifest's{place}");
        Self::image("use", name, cause).hint("dump again, or fetch the directory anew")
    }

    pub(crate) fn cancelled(operation: &'static str, object: impl Into<String>) -> Self {
        Self::new(ErrorKind::Cancelled, operation, object, "cancelled")
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn pid(mut self, pid: i32) -> Self {
        self.0.pid = Some(pid);
        self
    }
}

impl std::ops::Deref for Error {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.operation, self.object, self.cause)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " — {hint}"))
    }
}

impl std::error::Error for Error {}

impl From<Error> for stasis_error::Error {
    fn from(error: Error) -> Self {
        let failure = *error.0;
        let kind = match failure.kind {
            ErrorKind::Task => Kind::Errno,
            ErrorKind::Image => Kind::Image,
            ErrorKind::Host => Kind::Host,
            ErrorKind::Cancelled => Kind::Cancelled,
        };
        Self {
            object: failure.object,
            call: failure.call,
            errno: failure.errno.unwrap_or(0),
            hint: failure.hint.unwrap_or_default(),
            ..Self::because(failure.operation, failure.pid.unwrap_or(0), failure.cause).of_kind(kind)
        }
    }
}

/// The C library's words for an error number, in lower case.
fn reason(errno: Errno) -> String {
    let text = std::io::Error::from(errno).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// `pid 412 (redis-server)`, read when an error is made and so possibly without the name.
pub(crate) fn task_name(pid: i32) -> String {
    match std::fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(comm) => format!("pid {pid} ({})", comm.trim_end_matches('\n')),
        Err(_) => format!("pid {pid}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_operation_object_cause_hint() {
        let error = Error::os(
            ErrorKind::Task,
            "openat",
            "read",
            "page map of pid 412 (x)",
            Errno::ACCESS,
        );
        assert_eq!(
            error.to_string(),
            "cannot read page map of pid 412 (x): permission denied — needs CAP_SYS_PTRACE"
        );
        let error = stasis_error::Error::from(error);
        assert_eq!((error.call, error.errno), ("openat", 13));
        assert_eq!(
            (error.object.as_str(), error.hint.as_str()),
            ("page map of pid 412 (x)", "needs CAP_SYS_PTRACE")
        );
    }
}
