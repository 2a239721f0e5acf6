// SPDX-License-Identifier: GPL-2.0-only
//! The one form in which failures cross into JavaScript: JSON in the message of an `Error`, which
//! `src/errors/from-native.ts` turns into a typed one.
use serde_json::{Map, Value, json};
use stasis_engine::RestoreError;
use stasis_task::{ErrorKind, TaskError};

/// A failure as the fields of its JSON object.
#[derive(Debug, Clone)]
pub(crate) struct Failure(Map<String, Value>);

pub(crate) fn to_napi(failure: &Failure) -> napi::Error {
    napi::Error::from_reason(Value::Object(failure.0.clone()).to_string())
}

impl Failure {
    pub(crate) fn new(fields: Value) -> Self {
        let mut map = match fields {
            Value::Object(map) => map,
            other => Map::from_iter([(String::from("detail"), other)]),
        };
        map.retain(|_, value| !value.is_null() && value != &json!("") && value != &json!(0));
        map.entry("stage").or_insert_with(|| json!("go on"));
        Self(map)
    }

    /// A defect of ours, in the middle of `stage`.
    pub(crate) fn panicked(stage: &str, text: String) -> Self {
        let hint = "this is a defect of stasis, please report it";
        Self::new(json!({ "stage": stage, "kind": "internal", "detail": text, "hint": hint }))
    }

    pub(crate) fn host(stage: &str, object: &str, error: &std::io::Error) -> Self {
        Self::new(json!({
            "stage": stage, "object": object, "errno": error.raw_os_error(),
            "detail": if error.raw_os_error().is_none() { error.to_string() } else { String::new() },
        }))
    }
}

impl Failure {
    /// The same with a kind of `src/errors/kinds.ts`.
    pub(crate) fn of_kind(mut self, kind: &str) -> Self {
        self.0.insert(String::from("kind"), json!(kind));
        self
    }
}

fn kind_of(error: &TaskError) -> Option<&'static str> {
    match error.kind {
        ErrorKind::Errno => error.is_gone().then_some("gone"),
        ErrorKind::Busy => Some("busy"),
        ErrorKind::Unsupported => Some("unsupported"),
        ErrorKind::Unfinished => Some("dump"),
        ErrorKind::Internal => Some("internal"),
    }
}

impl From<TaskError> for Failure {
    fn from(error: TaskError) -> Self {
        Self::new(json!({
            "stage": error.stage, "pid": error.pid, "tid": error.tid, "call": error.call, "errno": error.errno,
            "detail": error.detail, "hint": error.hint,
            "kind": kind_of(&error),
        }))
    }
}

impl From<RestoreError> for Failure {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Task(error) if error.kind == ErrorKind::Unfinished => {
                Self::from(error).of_kind("restore")
            }
            RestoreError::Task(error) => error.into(),
            RestoreError::PidTaken { pid, holder } => {
                let holder = holder.map(|comm| format!(" ({comm})")).unwrap_or_default();
                Self::new(json!({
                    "stage": "restore the task", "kind": "host", "pid": pid,
                    "detail": format!("pid {pid} is already taken{holder}"),
                    "hint": "end that process, or restore inside a new PID namespace (unshare --pid --fork --mount-proc)",
                }))
            }
            RestoreError::Ended { tid } => Self::new(json!({
                "stage": "restore the task", "kind": "restore", "pid": tid,
                "detail": "it ended before the restore was done",
                "hint": "it was killed from outside, or by the kernel for want of memory: see dmesg",
            })),
            RestoreError::Operation { strand, tid, failure } => Self::new(json!({
                "stage": "restore the task", "kind": "restore", "pid": tid, "call": failure.call,
                "errno": failure.errno(), "result": failure.result, "why": failure.why + 1, "strand": strand + 1, "op": failure.op + 1,
            })),
        }
    }
}
