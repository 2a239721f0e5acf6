// SPDX-License-Identifier: GPL-2.0-only
//! The little of /proc that is needed to find a tree and hold it. Everything else about a task is
//! read after the freeze, by the engine.
use crate::{Result, TaskError};
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

/// State and parent of a thread, from `/proc/PID/task/TID/stat` (fs/proc/array.c).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// `R`, `S`, `D`, `T`, `t`, `Z`, `X`, `I`.
    pub state: char,
    pub ppid: i32,
}

pub fn stat(pid: i32, tid: i32) -> Result<Stat> {
    let text = read("read the state", pid, &format!("/proc/{pid}/task/{tid}/stat"))?;
    // The name in parentheses may contain anything, parentheses too: the last one closes it.
    let after = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = after.split_ascii_whitespace();
    let state = fields.next().and_then(|field| field.chars().next());
    let ppid = fields.next().and_then(|field| field.parse().ok());
    match (state, ppid) {
        (Some(state), Some(ppid)) => Ok(Stat { state, ppid }),
        _ => Err(TaskError::because(
            "read the state",
            pid,
            format!("unexpected stat text `{}`", text.trim()),
        )),
    }
}

/// How long a thread has been running on a processor, from `/proc/PID/task/TID/schedstat`
/// (Documentation/scheduler/sched-stats.rst); `None` where the kernel does not tell.
pub(crate) fn run_time(pid: i32, tid: i32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{tid}/schedstat")).ok()?;
    Some(Duration::from_nanos(
        text.split_ascii_whitespace().next()?.parse().ok()?,
    ))
}

/// The name of a task, or an empty string when it cannot be read: only for messages.
#[must_use]
pub fn comm(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm"))
        .map(|name| name.trim_end().to_owned())
        .unwrap_or_default()
}

/// Thread ids of a process, in the order of creation.
pub fn tasks_of(pid: i32) -> Result<Vec<i32>> {
    let entries = fs::read_dir(format!("/proc/{pid}/task"))
        .map_err(|error| TaskError::io("list the threads", "open", pid, 0, &gone(error)))?;
    Ok(entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect())
}

/// How many threads a process has, as the links of its folder of threads tell: much cheaper than to list them
/// (`proc_task_getattr`, fs/proc/base.c). 0 where it is gone.
pub(crate) fn count_threads(pid: i32) -> usize {
    let links = fs::metadata(format!("/proc/{pid}/task")).map_or(2, |folder| folder.nlink());
    usize::try_from(links.saturating_sub(2)).unwrap_or(0)
}

/// Pids of the children of one thread. Each thread lists only those it forked itself.
pub fn children(pid: i32, tid: i32) -> Result<Vec<i32>> {
    let text = read(
        "list the children",
        pid,
        &format!("/proc/{pid}/task/{tid}/children"),
    )?;
    Ok(text
        .split_ascii_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect())
}

/// The process that a thread belongs to.
#[must_use]
pub fn leader_of(tid: i32) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok())
}

/// Who traces the task: 0 for nobody.
#[must_use]
pub fn tracer_of(pid: i32, tid: i32) -> i32 {
    fs::read_to_string(format!("/proc/{pid}/task/{tid}/status"))
        .ok()
        .and_then(|text| {
            text.lines()
                .find_map(|line| line.strip_prefix("TracerPid:")?.trim().parse().ok())
        })
        .unwrap_or(0)
}

/// In one read where the text is short, as it is for all but parents of hundreds: there may be thousands of threads.
fn read(stage: &'static str, pid: i32, path: &str) -> Result<String> {
    let failed = |error: std::io::Error| TaskError::io(stage, "read", pid, 0, &gone(error));
    let mut file = fs::File::open(path).map_err(failed)?;
    let mut buffer = vec![0u8; SHORT];
    let length = file.read(&mut buffer).map_err(failed)?;
    buffer.truncate(length);
    // The kernel stops before an entry that does not fit any more: nearly full may be not the end.
    if length + 64 > SHORT {
        file.read_to_end(&mut buffer).map_err(failed)?;
    }
    Ok(String::from_utf8_lossy(&buffer).into_owned())
}

/// What is not there of /proc/PID went with the task.
fn gone(error: std::io::Error) -> std::io::Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        std::io::Error::from_raw_os_error(libc::ESRCH)
    } else {
        error
    }
}

const SHORT: usize = 2048;
