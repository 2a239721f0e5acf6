// SPDX-License-Identifier: GPL-2.0-only
use super::context::Context;
use stasis_task::{Result, TaskError};
use stasis_wire::facts::Namespace;
use std::os::unix::fs::MetadataExt;

/// Links of `/proc/PID/ns`; `time` since 5.6. Those `for_children` differ after `unshare(2)`.
const KINDS: [&str; 10] = [
    "cgroup",
    "ipc",
    "mnt",
    "net",
    "pid",
    "pid_for_children",
    "time",
    "time_for_children",
    "user",
    "uts",
];

/// The namespaces of a task, and whether each is the dumper's.
pub(crate) fn of(context: &mut Context, pid: i32) -> Result<Vec<Namespace>> {
    let mut all = Vec::with_capacity(KINDS.len());
    for kind in KINDS {
        let link = format!("/proc/{pid}/ns/{kind}");
        let theirs =
            inode(&link).map_err(|error| TaskError::io("look at the namespaces", "stat", pid, 0, &error))?;
        let ours = *context.own_namespaces.entry(kind.to_owned()).or_insert_with(|| {
            inode(&format!("/proc/self/ns/{kind}"))
                .ok()
                .flatten()
                .unwrap_or(0)
        });
        if ours == 0 {
            continue;
        }
        // A PID namespace that was made and has no process yet leads nowhere.
        let ino = theirs.unwrap_or(0);
        all.push(Namespace {
            kind: kind.to_owned(),
            ino,
            own: ino != ours,
        });
    }
    Ok(all)
}

fn inode(link: &str) -> std::io::Result<Option<u64>> {
    match std::fs::metadata(link) {
        Ok(meta) => Ok(Some(meta.ino())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
