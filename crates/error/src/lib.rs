// SPDX-License-Identifier: GPL-2.0-only
//! What went wrong, in the parts a message is made of: operation, object, cause, hint. Every crate's own error becomes this one
//! without losing a field, `crates/node` makes JSON of it, and `src/errors/from-native.ts` a typed error.
#![forbid(unsafe_code)]

use std::fmt;

/// An operation that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The operation, a verb phrase: "freeze", "read registers of", "map the parasite", …
    pub stage: &'static str,
    /// What it was done to, as the user knows it; empty where that is the task.
    pub object: String,
    /// 0 where no task is meant.
    pub pid: i32,
    /// 0 where no single thread is meant.
    pub tid: i32,
    /// The system call that failed, empty where none did.
    pub call: &'static str,
    /// 0 where the cause is not an errno.
    pub errno: i32,
    /// The cause where it is no errno, or more about it; may be empty.
    pub detail: String,
    /// What the user can do; may be empty.
    pub hint: String,
    pub kind: Kind,
}

/// What a failure is from the caller's point of view, where its errno does not say it (`src/errors/kinds.ts`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// As the errno says.
    #[default]
    Errno,
    /// Somebody else holds the task: a tracer, a frozen cgroup.
    Busy,
    /// The task is in a state that cannot be dumped.
    Unsupported,
    /// The same, but it leaves that state by itself: what it waits for may come at any time.
    Asleep,
    /// The work was begun and could not be finished, as something did not come in time.
    Unfinished,
    /// A file or a resource of ours, not the task's: also `ENOENT` says nothing of a task then.
    Host,
    /// An image is missing, truncated or altered.
    Image,
    /// Somebody asked to give up.
    Cancelled,
    /// A defect of ours.
    Internal,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The last OS error of `call` on a thread.
    #[must_use]
    pub fn last(stage: &'static str, call: &'static str, pid: i32, tid: i32) -> Self {
        Self::io(stage, call, pid, tid, &std::io::Error::last_os_error())
    }

    #[must_use]
    pub fn io(stage: &'static str, call: &'static str, pid: i32, tid: i32, error: &std::io::Error) -> Self {
        let errno = error.raw_os_error().unwrap_or(0);
        let detail = if errno == 0 {
            error.to_string()
        } else {
            String::new()
        };
        Self {
            tid,
            call,
            errno,
            ..Self::because(stage, pid, detail)
        }
    }

    /// A cause that is not an errno.
    #[must_use]
    pub fn because(stage: &'static str, pid: i32, detail: impl Into<String>) -> Self {
        Self {
            stage,
            object: String::new(),
            pid,
            tid: 0,
            call: "",
            errno: 0,
            detail: detail.into(),
            hint: String::new(),
            kind: Kind::Errno,
        }
    }

    /// The same as the cause of a larger operation's failure: call, errno, hint and kind stay what they are, and the detail
    /// says at what it was.
    #[must_use]
    pub fn during(self, stage: &'static str, pid: i32) -> Self {
        let mut detail = format!("cannot {}", self.stage);
        for (before, part) in [(" ", &self.object), (": ", &self.detail)] {
            if !part.is_empty() {
                detail.push_str(before);
                detail.push_str(part);
            }
        }
        Self {
            stage,
            object: String::new(),
            pid,
            detail,
            ..self
        }
    }

    #[must_use]
    pub fn of_kind(mut self, kind: Kind) -> Self {
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.stage)?;
        if !self.object.is_empty() {
            write!(f, " {}", self.object)?;
        } else if self.pid != 0 {
            write!(f, " of pid {}", self.pid)?;
        }
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

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Error {
        let error = std::io::Error::from_raw_os_error(libc::EMFILE);
        Error {
            object: String::from("fd 7 of pid 412"),
            ..Error::io("look at", "dup", 412, 0, &error).hint("close some")
        }
    }

    #[test]
    fn the_cause_of_a_larger_failure_keeps_its_fields() {
        let error = refused().of_kind(Kind::Host).during("dump the tree", 400);
        assert_eq!((error.stage, error.pid), ("dump the tree", 400));
        assert_eq!((error.call, error.errno), ("dup", libc::EMFILE));
        assert_eq!(error.detail, "cannot look at fd 7 of pid 412");
        assert_eq!((error.hint.as_str(), error.kind), ("close some", Kind::Host));
    }

    #[test]
    fn reads_as_operation_object_cause_hint() {
        let text = refused().to_string();
        assert!(
            text.starts_with("cannot look at fd 7 of pid 412: dup: Too many open files"),
            "{text}"
        );
        assert!(text.ends_with(" — close some"), "{text}");
    }
}
