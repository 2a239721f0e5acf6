// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/status` and `/proc/PID/task/TID/status` (`proc_pid_status` in `fs/proc/array.c`;
//! `proc_pid_status(5)`).

use super::stat::State;
use crate::error::Result;
use crate::scan::{Line, Lines};

const TEXT: &str = "/proc/PID/status";

/// The four identities of a task, by the reader's user namespace (65534 where it has no number there).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ids {
    /// Real.
    pub real: u32,
    /// Effective.
    pub effective: u32,
    /// Saved.
    pub saved: u32,
    /// Of the file system.
    pub fs: u32,
}

/// Capability sets, bit N for capability N of `include/uapi/linux/capability.h`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caps {
    /// `CapInh`.
    pub inheritable: u64,
    /// `CapPrm`.
    pub permitted: u64,
    /// `CapEff`.
    pub effective: u64,
    /// `CapBnd`.
    pub bounding: u64,
    /// `CapAmb` (4.3).
    pub ambient: u64,
}

/// Signal sets, bit N-1 for signal N.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signals {
    /// `SigPnd`: pending for this thread.
    pub pending: u64,
    /// `ShdPnd`: pending for the process.
    pub shared_pending: u64,
    /// `SigBlk`: blocked by this thread. While the kernel waits in `sigsuspend`-like calls, the temporary
    /// mask.
    pub blocked: u64,
    /// `SigIgn`: ignored.
    pub ignored: u64,
    /// `SigCgt`: with a handler.
    pub caught: u64,
}

/// What `status` says of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// `Name`, its escapes undone.
    pub name: Vec<u8>,
    /// `Umask` (4.7); none of a task without file-system state: a zombie.
    pub umask: Option<u32>,
    /// `State`.
    pub state: Option<State>,
    /// `Tgid`: the process.
    pub tgid: i32,
    /// `Pid`: the thread.
    pub pid: i32,
    /// `PPid`: 0 when the parent is outside the reader's PID namespace.
    pub ppid: i32,
    /// `TracerPid`: 0 when not traced, or by someone outside the reader's PID namespace.
    pub tracer: i32,
    /// `Uid`.
    pub uid: Ids,
    /// `Gid`.
    pub gid: Ids,
    /// `Groups`: supplementary groups, in the kernel's order.
    pub groups: Vec<u32>,
    /// `NStgid` (4.1): the process by each PID namespace, the reader's first; empty without `CONFIG_PID_NS`.
    pub ns_tgid: Vec<i32>,
    /// `NSpid` (4.1): the thread by each PID namespace.
    pub ns_pid: Vec<i32>,
    /// `NSpgid` (4.1): the process group by each PID namespace.
    pub ns_pgid: Vec<i32>,
    /// `NSsid` (4.1): the session by each PID namespace.
    pub ns_sid: Vec<i32>,
    /// `Kthread` (later than 6.1): whether it is a thread of the kernel.
    pub kthread: Option<bool>,
    /// `VmSize`, in bytes; none without an address space, like the other sizes.
    pub vm_size: Option<u64>,
    /// `VmLck`: locked memory, in bytes.
    pub vm_locked: Option<u64>,
    /// `VmRSS`: resident memory, in bytes.
    pub vm_rss: Option<u64>,
    /// `VmSwap`: swapped memory, in bytes; shared memory does not count.
    pub vm_swap: Option<u64>,
    /// `CoreDumping` (4.15).
    pub core_dumping: Option<bool>,
    /// `THP_enabled` (5.0): false after `PR_SET_THP_DISABLE`.
    pub thp_enabled: Option<bool>,
    /// `Threads`; 0 when the task is being reaped.
    pub threads: u32,
    /// `SigPnd` and its kin.
    pub signals: Signals,
    /// `CapInh` and its kin.
    pub caps: Caps,
    /// `NoNewPrivs` (4.10).
    pub no_new_privs: Option<bool>,
    /// `Seccomp` (3.8): 0 off, 1 strict, 2 filter.
    pub seccomp: Option<u32>,
    /// `Seccomp_filters` (5.9).
    pub seccomp_filters: Option<u32>,
}

/// Reads the lines a checkpoint needs; others are stepped over.
///
/// # Errors
/// A line that is not as the kernel prints it, or none of the lines every kernel prints.
pub fn parse(text: &[u8]) -> Result<Status> {
    let mut status = Status::default();
    let mut lines = Lines::new(TEXT, text);
    // Every kernel prints these, first the one and late the other: a text with both is whole.
    let (mut begun, mut whole) = (false, false);
    for mut line in lines.by_ref() {
        let key = line.until(b':');
        begun |= key == b"Pid";
        whole |= key == b"CapBnd";
        field(&mut status, key, line)?;
    }
    match (begun, whole) {
        (true, true) => Ok(status),
        (false, _) => Err(lines.missing("the line Pid")),
        (true, false) => Err(lines.missing("the line CapBnd")),
    }
}

fn field(status: &mut Status, key: &[u8], mut line: Line<'_>) -> Result<()> {
    let line = &mut line;
    match key {
        b"Name" => status.name = name(line),
        b"Umask" => status.umask = Some(line.oct("an umask in octal")?),
        b"State" => status.state = line.word().first().map(|&letter| State::of(letter)),
        b"Tgid" => status.tgid = line.dec("the pid of the process")?,
        b"Pid" => status.pid = line.dec("the tid")?,
        b"PPid" => status.ppid = line.dec("the parent's pid")?,
        b"TracerPid" => status.tracer = line.dec("the tracer's pid")?,
        b"Uid" => status.uid = ids(line)?,
        b"Gid" => status.gid = ids(line)?,
        b"Groups" => status.groups = list(line, "the number of a group")?,
        b"NStgid" => status.ns_tgid = list(line, "a pid")?,
        b"NSpid" => status.ns_pid = list(line, "a tid")?,
        b"NSpgid" => status.ns_pgid = list(line, "the id of a process group")?,
        b"NSsid" => status.ns_sid = list(line, "the id of a session")?,
        b"Kthread" => status.kthread = Some(flag(line)?),
        b"VmSize" => status.vm_size = Some(kib(line)?),
        b"VmLck" => status.vm_locked = Some(kib(line)?),
        b"VmRSS" => status.vm_rss = Some(kib(line)?),
        b"VmSwap" => status.vm_swap = Some(kib(line)?),
        b"CoreDumping" => status.core_dumping = Some(flag(line)?),
        b"THP_enabled" => status.thp_enabled = Some(flag(line)?),
        b"Threads" => status.threads = line.dec("the number of threads")?,
        b"SigPnd" => status.signals.pending = set(line)?,
        b"ShdPnd" => status.signals.shared_pending = set(line)?,
        b"SigBlk" => status.signals.blocked = set(line)?,
        b"SigIgn" => status.signals.ignored = set(line)?,
        b"SigCgt" => status.signals.caught = set(line)?,
        b"CapInh" => status.caps.inheritable = set(line)?,
        b"CapPrm" => status.caps.permitted = set(line)?,
        b"CapEff" => status.caps.effective = set(line)?,
        b"CapBnd" => status.caps.bounding = set(line)?,
        b"CapAmb" => status.caps.ambient = set(line)?,
        b"NoNewPrivs" => status.no_new_privs = Some(flag(line)?),
        b"Seccomp" => status.seccomp = Some(line.dec("the seccomp mode")?),
        b"Seccomp_filters" => status.seccomp_filters = Some(line.dec("the number of filters")?),
        _ => {}
    }
    Ok(())
}

fn ids(line: &mut Line<'_>) -> Result<Ids> {
    let mut id = || line.dec("four numeric ids");
    Ok(Ids {
        real: id()?,
        effective: id()?,
        saved: id()?,
        fs: id()?,
    })
}

fn list<T: TryFrom<u64>>(line: &mut Line<'_>, expected: &'static str) -> Result<Vec<T>> {
    let mut values = Vec::new();
    line.blanks();
    while !line.is_empty() {
        values.push(line.dec(expected)?);
        line.blanks();
    }
    Ok(values)
}

fn flag(line: &mut Line<'_>) -> Result<bool> {
    Ok(line.dec::<u32>("0 or 1")? != 0)
}

fn set(line: &mut Line<'_>) -> Result<u64> {
    line.hex("a set in hexadecimal")
}

fn kib(line: &mut Line<'_>) -> Result<u64> {
    Ok(line.dec::<u64>("a size in kB")?.saturating_mul(1024))
}

/// `proc_task_name` escapes newline and backslash, as `\n` and `\\`, and nothing else.
fn name(line: &mut Line<'_>) -> Vec<u8> {
    line.skip(b"\t");
    let mut name = Vec::with_capacity(line.rest().len());
    let mut bytes = line.rest().iter();
    while let Some(&byte) = bytes.next() {
        let mut rest = bytes.clone();
        match (byte, rest.next()) {
            (b'\\', Some(b'n')) => name.push(b'\n'),
            (b'\\', Some(b'\\')) => name.push(b'\\'),
            _ => {
                name.push(byte);
                continue;
            }
        }
        bytes = rest;
    }
    name
}

#[cfg(test)]
mod tests;
