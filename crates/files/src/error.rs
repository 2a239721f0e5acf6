// SPDX-License-Identifier: GPL-2.0-only
use stasis_error::Error;
use std::cmp::Ordering;
use std::fmt;
use std::io;

/// A survey that could not be made. What was met and cannot be dumped is no error but a refusal
/// ([`crate::FileFacts::refusals`]).
#[derive(Debug, Clone)]
pub struct FilesError {
    /// The operation: "list the descriptors", "compare open files", …
    pub stage: &'static str,
    /// What it was done to, "fd 7 of pid 412"; empty where that is the task.
    pub object: String,
    /// The task meant, 0 where it is none.
    pub pid: i32,
    /// The system call, empty where none failed.
    pub call: &'static str,
    /// 0 where the cause is not an errno.
    pub errno: i32,
    /// The cause where it is no errno; may be empty.
    pub detail: String,
    /// What the user can do; may be empty.
    pub hint: String,
}

/// The result of everything here that can fail as a whole.
pub type Result<T> = std::result::Result<T, FilesError>;

impl FilesError {
    pub(crate) fn io(stage: &'static str, pid: i32, call: &'static str, error: impl Into<io::Error>) -> Self {
        let error = error.into();
        let errno = error.raw_os_error().unwrap_or(0);
        let hint = match errno {
            libc::EPERM | libc::EACCES => "needs CAP_SYS_PTRACE over the task",
            libc::ENOSYS => "the kernel lacks this system call: see `stasis check`",
            libc::EMFILE => "raise the limit of open files (ulimit -n) of the dumper",
            _ => "",
        };
        let detail = if errno == 0 {
            error.to_string()
        } else {
            String::new()
        };
        Self {
            stage,
            object: String::new(),
            pid,
            call,
            errno,
            detail,
            hint: hint.into(),
        }
    }

    /// A cause that is not an errno.
    pub(crate) fn because(stage: &'static str, pid: i32, cause: impl fmt::Display) -> Self {
        Self {
            stage,
            object: String::new(),
            pid,
            call: "",
            errno: 0,
            detail: cause.to_string(),
            hint: String::new(),
        }
    }

    /// The same about something that the task has.
    #[must_use]
    pub(crate) fn of(self, object: impl fmt::Display) -> Self {
        let object = match self.pid {
            0 => object.to_string(),
            pid => format!("{object} of pid {pid}"),
        };
        Self { object, ..self }
    }

    /// The same about something that is not one task's.
    #[must_use]
    pub(crate) fn about(self, object: String) -> Self {
        Self { object, ..self }
    }

    /// The answer of a comparison one side of which went away meanwhile.
    pub(crate) fn unequal_if_gone(self) -> Result<Ordering> {
        if self.is_gone() {
            Ok(Ordering::Less)
        } else {
            Err(self)
        }
    }

    /// Whether the task or the descriptor went away meanwhile, as it may under a task that is not stopped.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self.errno, libc::ESRCH | libc::ENOENT | libc::EBADF)
    }
}

impl fmt::Display for FilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Error::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for FilesError {}

impl From<FilesError> for Error {
    fn from(error: FilesError) -> Self {
        Self {
            object: error.object,
            call: error.call,
            errno: error.errno,
            hint: error.hint,
            ..Self::because(error.stage, error.pid, error.detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_object_call_errno_and_hint() {
        let io = io::Error::from_raw_os_error(libc::EACCES);
        let error = Error::from(FilesError::io("look at", 412, "fstat", io).of("fd 7"));
        assert_eq!(
            (error.stage, error.object.as_str()),
            ("look at", "fd 7 of pid 412")
        );
        assert_eq!((error.pid, error.call, error.errno), (412, "fstat", libc::EACCES));
        assert_eq!(error.hint, "needs CAP_SYS_PTRACE over the task");
    }
}
