// SPDX-License-Identifier: GPL-2.0-only
use std::fmt;

/// What went wrong, in the parts an error message is made of: operation, object, cause, hint.
#[derive(Debug, Clone)]
pub struct TaskError {
    /// "freeze", "read registers", "map the parasite", …
    pub stage: &'static str,
    pub pid: i32,
    /// 0 where no single thread is meant.
    pub tid: i32,
    /// The system call that failed, empty where none did.
    pub call: &'static str,
    /// 0 where the cause is not an errno.
    pub errno: i32,
    pub detail: String,
    pub hint: String,
    pub kind: ErrorKind,
}

/// What a failure is from the caller's point of view, where its errno does not say it (`src/errors/kinds.ts`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorKind {
    /// As the errno says.
    #[default]
    Errno,
    /// Somebody else holds the task: a tracer, a frozen cgroup.
    Busy,
    /// The task is in a state that cannot be dumped.
    Unsupported,
    /// The work was begun and could not be finished, as something did not come in time.
    Unfinished,
    /// A defect of ours.
    Internal,
}

pub type Result<T> = std::result::Result<T, TaskError>;

impl TaskError {
    /// The last OS error of `call` on a thread.
    pub fn last(stage: &'static str, call: &'static str, pid: i32, tid: i32) -> Self {
        Self::io(stage, call, pid, tid, &std::io::Error::last_os_error())
    }

    pub fn io(stage: &'static str, call: &'static str, pid: i32, tid: i32, error: &std::io::Error) -> Self {
        let errno = error.raw_os_error().unwrap_or(0);
        let detail = if errno == 0 {
            error.to_string()
        } else {
            String::new()
        };
        Self {
            stage,
            pid,
            tid,
            call,
            errno,
            detail,
            hint: String::new(),
            kind: ErrorKind::Errno,
        }
    }

    /// A cause that is not an errno.
    pub fn because(stage: &'static str, pid: i32, detail: impl Into<String>) -> Self {
        Self {
            stage,
            pid,
            tid: 0,
            call: "",
            errno: 0,
            detail: detail.into(),
            hint: String::new(),
            kind: ErrorKind::Errno,
        }
    }

    #[must_use]
    pub fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The task went away between being listed and being touched.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.errno == libc::ESRCH || self.errno == libc::ENOENT
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} of pid {}", self.stage, self.pid)?;
        if self.tid != 0 && self.tid != self.pid {
            write!(f, " (thread {})", self.tid)?;
        }
        if !self.call.is_empty() {
            write!(f, ": {}", self.call)?;
        }
        if self.errno != 0 {
            write!(f, ": {}", std::io::Error::from_raw_os_error(self.errno))?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        if !self.hint.is_empty() {
            write!(f, " — {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for TaskError {}
