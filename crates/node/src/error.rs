// SPDX-License-Identifier: GPL-2.0-only
//! The one form in which failures cross into JavaScript: JSON in the message of an `Error`, which
//! `src/errors/from-native.ts` turns into a typed one.
use serde_json::{Map, Value, json};
use stasis_engine::RestoreError;
use stasis_error::{Error, Kind};

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

    pub(crate) fn host(stage: &str, call: &str, object: &str, error: &std::io::Error) -> Self {
        Self::new(json!({
            "stage": stage, "call": call, "object": object, "errno": error.raw_os_error(),
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

/// The failure of a dump: what goes wrong on this host goes wrong where the images are written.
pub(crate) fn writing(error: impl Into<Error>) -> Failure {
    let error = error.into();
    let host = error.kind == Kind::Host;
    let failure = Failure::from(error);
    if host {
        return failure.of_kind("destination");
    }
    failure
}

fn kind_of(error: &Error) -> Option<&'static str> {
    match error.kind {
        Kind::Errno => error.is_gone().then_some("gone"),
        Kind::Busy => Some("busy"),
        Kind::Unsupported | Kind::Asleep => Some("unsupported"),
        Kind::Unfinished => Some("dump"),
        Kind::Host => None,
        Kind::Image => Some("image"),
        Kind::Cancelled => Some("interrupted"),
        Kind::Internal => Some("internal"),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(json!({
            "stage": error.stage, "object": error.object, "pid": error.pid, "tid": error.tid,
            "call": error.call, "errno": error.errno, "detail": error.detail, "hint": error.hint,
            "kind": kind_of(&error),
            "file": (error.kind == Kind::Image).then_some(&error.object),
        }))
    }
}

impl From<stasis_pages::Error> for Failure {
    fn from(error: stasis_pages::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<RestoreError> for Failure {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Task(error) if error.kind == Kind::Unfinished => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_cross() {
        let error = std::io::Error::from_raw_os_error(24);
        let error = Error {
            object: String::from("fd 7 of pid 412"),
            ..Error::io("look at", "dup", 412, 413, &error).hint("close some")
        };
        let expected = json!({
            "stage": "look at", "object": "fd 7 of pid 412", "pid": 412, "tid": 413, "call": "dup", "errno": 24,
            "hint": "close some",
        });
        assert_eq!(Value::Object(Failure::from(error).0), expected);
    }

    #[test]
    fn a_full_disk_is_the_destination_of_a_dump_and_a_failure_of_the_host_in_a_restore() {
        let full = || {
            let full = std::io::Error::from_raw_os_error(28);
            Error::io("write", "pwrite", 0, 0, &full).of_kind(Kind::Host)
        };
        assert_eq!(writing(full()).0.get("kind"), Some(&json!("destination")));
        assert_eq!(Failure::from(full()).0.get("kind"), None);
    }
}
