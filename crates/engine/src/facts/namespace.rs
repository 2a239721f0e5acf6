// SPDX-License-Identifier: GPL-2.0-only
use super::context::Context;
use stasis_task::{Result, TaskError};
use stasis_wire::facts::Namespace;
use std::os::unix::fs::MetadataExt;

/// Links of `/proc/PID/ns`; `time` since 5.6.
const KINDS: [&str; 8] = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/// The namespaces of a task. One that is not the dumper's own cannot be recreated yet.
pub(crate) fn of(context: &mut Context, pid: i32, comm: &str) -> Result<Vec<Namespace>> {
    let mut all = Vec::with_capacity(KINDS.len());
    for kind in KINDS {
        let Some(ino) = inode(&format!("/proc/{pid}/ns/{kind}"))
            .map_err(|error| TaskError::io("look at the namespaces", "stat", pid, 0, &error))?
        else {
            continue;
        };
        let ours = match context.own_namespaces.get(kind) {
            Some(ours) => *ours,
            None => {
                let ours = inode(&format!("/proc/self/ns/{kind}"))
                    .ok()
                    .flatten()
                    .unwrap_or(0);
                context.own_namespaces.insert(kind.to_owned(), ours);
                ours
            }
        };
        if ino != ours {
            let hint = "run the dump inside the same namespaces, for instance with nsenter";
            context.refuse(
                pid,
                comm,
                &format!("{kind} namespace"),
                "namespace of its own",
                "namespaces are not recreated yet",
                hint,
            );
        }
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
