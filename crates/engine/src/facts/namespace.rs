// SPDX-License-Identifier: GPL-2.0-only
use super::context::{Common, Proc};
use rustix::io::Errno;
use stasis_task::{Result, TaskError};
use stasis_wire::facts::Namespace;

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

/// What a thread can leave without its process (`ksys_unshare`, `setns`); of the others it has those of its process.
const OF_THREADS: [&str; 7] = [
    "cgroup",
    "ipc",
    "mnt",
    "net",
    "pid_for_children",
    "time_for_children",
    "uts",
];

/// Kind and inode number of each namespace that this process is in and this kernel knows.
pub(crate) fn own() -> Result<Vec<(&'static str, u64)>> {
    let own = std::process::id().cast_signed();
    let proc = Proc::task(own)?;
    Ok(KINDS
        .into_iter()
        .filter_map(|kind| Some((kind, inode(&proc, &format!("ns/{kind}")).ok().flatten()?)))
        .collect())
}

/// The namespaces of a task, and whether each is the dumper's.
pub(crate) fn of(common: &Common, proc: &Proc, pid: i32) -> Result<Vec<Namespace>> {
    let namespace = |&(kind, ours): &(&str, u64)| {
        // A PID namespace that was made and has no process yet leads nowhere.
        let ino = inode(proc, &format!("ns/{kind}"))
            .map_err(|error| failed(pid, 0, error))?
            .unwrap_or(0);
        Ok(Namespace {
            kind: kind.to_owned(),
            ino,
            own: ino != ours,
        })
    };
    common.own_namespaces.iter().map(namespace).collect()
}

/// Those of one thread that it need not share with its process, in the order of [`OF_THREADS`]; 0 for what there is not.
/// `threads`: `/proc/PID/task`.
pub(crate) fn of_thread(threads: &Proc, pid: i32, tid: i32) -> Result<[u64; OF_THREADS.len()]> {
    let mut found = [0; OF_THREADS.len()];
    for (ino, kind) in found.iter_mut().zip(OF_THREADS) {
        let link = inode(threads, &format!("{tid}/ns/{kind}"));
        *ino = link.map_err(|error| failed(pid, tid, error))?.unwrap_or(0);
    }
    Ok(found)
}

/// What of a thread's is not its leader's.
pub(crate) fn others(leaders: &[u64; OF_THREADS.len()], own: [u64; OF_THREADS.len()]) -> Vec<Namespace> {
    let kinds = OF_THREADS.into_iter().zip(own).zip(leaders);
    kinds
        .filter(|((_, ino), leaders)| ino != *leaders)
        .map(|((kind, ino), _)| Namespace {
            kind: kind.to_owned(),
            ino,
            own: false,
        })
        .collect()
}

fn failed(pid: i32, tid: i32, error: Errno) -> TaskError {
    TaskError::io("look at the namespaces", "readlink", pid, tid, &error.into())
}

/// The number in the text of the link, `mnt:[4026531841]` (`ns_get_name` in `fs/nsfs.c`). To follow the link would make
/// the kernel look for an inode first.
fn inode(proc: &Proc, link: &str) -> rustix::io::Result<Option<u64>> {
    let mut buffer = [0u8; 64];
    let text = match rustix::fs::readlinkat_raw(proc.folder(), link, &mut buffer) {
        Ok(length) => &buffer[..length],
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error),
    };
    let number = std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.split_once('[')?.1.strip_suffix(']')?.parse().ok());
    number.map(Some).ok_or(Errno::INVAL)
}
