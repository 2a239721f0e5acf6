// SPDX-License-Identifier: GPL-2.0-only
use stasis_wire::facts::Refusal;
use std::collections::HashMap;

/// Collects what cannot be dumped, each with the task and the object it was met at.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    comms: HashMap<i32, String>,
    list: Vec<Refusal>,
}

/// Why a kind of file is refused: its name, the cause, and what the user can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) kind: String,
    pub(crate) cause: String,
    pub(crate) hint: String,
}

impl Reason {
    pub(crate) fn new(kind: impl Into<String>, cause: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            cause: cause.into(),
            hint: hint.into(),
        }
    }
}

impl Refusals {
    pub(crate) fn name_task(&mut self, pid: i32, comm: &str) {
        self.comms.insert(pid, comm.to_owned());
    }

    /// `object` as the user finds it again: "fd 7", "thread 512".
    pub(crate) fn add(&mut self, pid: i32, object: String, reason: Reason) {
        let comm = self.comms.get(&pid).cloned().unwrap_or_default();
        let Reason { kind, cause, hint } = reason;
        self.list.push(Refusal {
            pid,
            comm,
            object,
            kind,
            cause,
            hint,
        });
    }

    pub(crate) fn into_vec(self) -> Vec<Refusal> {
        self.list
    }
}

/// Why what lies that deep cannot be dumped: no call takes such a path, or tells it (`PATH_MAX`).
pub const TOO_LONG: &str = "its path is longer than 4096 bytes";
