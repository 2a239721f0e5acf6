// SPDX-License-Identifier: GPL-2.0-only
use super::path::Paths;
use stasis_files::Objects;
use stasis_task::{Result, TaskError};
use stasis_wire::facts::Refusal;
use std::collections::HashMap;

/// What the facts of all tasks of a survey have in common.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) paths: Paths,
    pub(crate) objects: Objects,
    pub(crate) refusals: Vec<Refusal>,
    /// Inode numbers of this process's own namespaces, by kind.
    pub(crate) own_namespaces: HashMap<String, u64>,
}

/// Reads a file of `/proc/PID`.
pub(crate) fn read(pid: i32, name: &str) -> Result<Vec<u8>> {
    std::fs::read(format!("/proc/{pid}/{name}")).map_err(|error| {
        let mut failed = TaskError::io("read the state", "read", pid, 0, &error);
        failed.detail = format!("/proc/{pid}/{name}");
        failed
    })
}

/// An error of a kernel-text parser, as one about the task.
pub(crate) fn parsed<T>(pid: i32, result: stasis_kernel_text::Result<T>) -> Result<T> {
    result.map_err(|error| TaskError::because("read the state", pid, error.to_string()))
}
