// SPDX-License-Identifier: GPL-2.0-only
use std::cmp::Ordering;
use std::fmt;
use std::io;

/// A survey that could not be made. What was met and cannot be dumped is no error but a refusal
/// ([`crate::FileFacts::refusals`]).
#[derive(Debug, Clone)]
pub struct FilesError {
    /// The operation: "list the descriptors", "compare open files", …
    pub stage: &'static str,
    /// The task meant, 0 where it is none.
    pub pid: i32,
    /// The system call, empty where none failed.
    pub call: &'static str,
    /// 0 where the cause is not an errno.
    pub errno: i32,
    /// The object ("fd 7") or the cause where it is no errno; may be empty.
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
            pid,
            call,
            errno,
            detail,
            hint: hint.into(),
        }
    }

    #[must_use]
    pub(crate) fn of(mut self, object: impl Into<String>) -> Self {
        let object = object.into();
        self.detail = if self.detail.is_empty() {
            object
        } else {
            format!("{object}: {}", self.detail)
        };
        self
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
        write!(f, "cannot {}", self.stage)?;
        if self.pid != 0 {
            write!(f, " of pid {}", self.pid)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        if self.errno != 0 {
            write!(f, ": {}: {}", self.call, io::Error::from_raw_os_error(self.errno))?;
        }
        if !self.hint.is_empty() {
            write!(f, " — {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for FilesError {}
