// SPDX-License-Identifier: GPL-2.0-only
//! Trees that are not frozen at all: what is met on the way to the first stop.
use crate::procfs::{comm, leader_of};
use crate::{ErrorKind, Result, TaskError, Thread};

/// A process whose main thread has ended by itself (`pthread_exit` in `main`): it is a zombie that keeps the pid, and all of
/// the process's folder in /proc that leads to memory and descriptors is empty. That others of its threads are held tells it
/// from one that is ending as a whole.
pub(crate) fn refuse_without_leader(pid: i32, threads: &[Thread]) -> Result<()> {
    if threads.is_empty() || threads.iter().any(|thread| thread.tid == pid) {
        return Ok(());
    }
    Err(TaskError {
        object: format!("pid {pid} ({})", comm(pid)),
        ..TaskError::because("freeze", pid, "its main thread has ended while others run on")
            .of_kind(ErrorKind::Unsupported)
            .hint("a process without its thread group leader cannot be recreated")
    })
}

/// A folder of /proc can be had by the id of any thread, too; a listing does not show it.
pub(crate) fn refuse_thread(root: i32) -> Result<()> {
    let leader = leader_of(root).unwrap_or(root);
    if leader == root {
        return Ok(());
    }
    let cause = format!("there is no such process: it is a thread of pid {leader}");
    Err(TaskError {
        errno: libc::ESRCH,
        ..TaskError::because("freeze the tree", root, cause).hint(format!("name pid {leader}"))
    })
}

/// A frozen cgroup would keep every thread from reaching its stop.
pub(crate) fn refuse_frozen_cgroup(root: i32) -> Result<()> {
    let Ok(text) = std::fs::read_to_string(format!("/proc/{root}/cgroup")) else {
        return Ok(());
    };
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let candidates: &[(&str, &str, &str)] = match controllers {
            "freezer" => &[("/sys/fs/cgroup/freezer", "freezer.state", "FROZEN")],
            "" => &[
                ("/sys/fs/cgroup", "cgroup.freeze", "1"),
                ("/sys/fs/cgroup/unified", "cgroup.freeze", "1"),
            ],
            _ => continue,
        };
        for (mount, file, frozen) in candidates {
            let state = std::fs::read_to_string(format!("{mount}{path}/{file}")).unwrap_or_default();
            if state.trim() == *frozen {
                let cause = format!("its cgroup {path} is frozen");
                let hint = "thaw the cgroup first; the dump freezes the tree itself";
                return Err(TaskError::because("freeze the tree", root, cause)
                    .of_kind(ErrorKind::Busy)
                    .hint(hint));
            }
        }
    }
    Ok(())
}
