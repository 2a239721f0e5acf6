// SPDX-License-Identifier: GPL-2.0-only
//! File locks and leases, as the fdinfo of each descriptor shows them (`__show_fd_locks` in `fs/locks.c`):
//! those that belong to the description or to the descriptor table.

use crate::error::Result;
use crate::refusals::{Reason, Refusals};
use crate::subject::Subject;
use crate::table::OpenFd;
use stasis_kernel_text::fdinfo;
use stasis_kernel_text::locks::{Class, FileLock, Kind};
use stasis_wire::facts::{self, LockKind};
use std::collections::{HashMap, HashSet};

/// `table_of[i]` is the first subject with the same descriptor table as subject i.
pub(crate) fn collect(
    subjects: &[Subject<'_>],
    table_of: &[usize],
    opened: &[OpenFd],
    numbers: &[u32],
    refusals: &mut Refusals,
) -> Result<Vec<facts::FileLock>> {
    let position: HashMap<i32, usize> = subjects.iter().enumerate().map(|(i, s)| (s.pid, i)).collect();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (open, &number) in opened.iter().zip(numbers) {
        let Some(text) = &open.extra else { continue };
        // What does not parse has been complained about when the table was read.
        let Ok(info) = fdinfo::parse(text) else { continue };
        for lock in &info.locks {
            let Some(kind) = kind_of(lock.class) else { continue };
            // A POSIX lock belongs to a table, but shows at every descriptor of the description it was taken
            // through, so also at those that other tasks have inherited.
            let owner = if kind == LockKind::Posix {
                posix_owner(lock, open.pid, &position, table_of)
            } else {
                Some(open.pid)
            };
            let Some(pid) = owner else { continue };
            let (at, table) = if kind == LockKind::Posix {
                (0, pid)
            } else {
                (number, 0)
            };
            if !seen.insert((table, at, lock.dev, lock.ino, lock.start, lock.end, kind as i32)) {
                continue;
            }
            if lock.breaking || (lock.kind == Kind::Other && kind != LockKind::Lease) {
                let reason = Reason::new(
                    "lease being broken",
                    "its file is being opened by another process",
                    "try again",
                );
                refusals.add(open.pid, format!("fd {}", open.fd), reason);
                continue;
            }
            found.push(told(lock, kind, pid, open.fd, number));
        }
    }
    Ok(found)
}

/// Locks and leases of a description that is only in flight, which a carrier's queue holds: `fd` is -1. There are none of
/// processes among them, for those go with the descriptor that was closed.
pub(crate) fn in_flight(open: &OpenFd, number: u32, carrier: i32) -> Vec<facts::FileLock> {
    let Some(info) = open.extra.as_ref().and_then(|text| fdinfo::parse(text).ok()) else {
        return Vec::new();
    };
    let locks = info.locks.iter().filter_map(|lock| {
        let kind = kind_of(lock.class).filter(|kind| *kind != LockKind::Posix)?;
        Some(told(lock, kind, carrier, -1, number))
    });
    locks.collect()
}

fn told(lock: &FileLock, kind: LockKind, pid: i32, fd: i32, number: u32) -> facts::FileLock {
    facts::FileLock {
        pid,
        fd,
        description: number + 1,
        kind: kind as i32,
        write: lock.kind == Kind::Write,
        start: lock.start as i64,
        length: lock.end.map_or(0, |end| (end - lock.start + 1) as i64),
    }
}

/// The task whose lock it is: the one shown, if that shares the table at hand.
///
/// 0 is a task that has gone but whose table lives on in one it shared it with.
fn posix_owner(lock: &FileLock, pid: i32, position: &HashMap<i32, usize>, table_of: &[usize]) -> Option<i32> {
    if lock.pid == 0 || lock.pid == pid {
        return Some(pid);
    }
    let (maker, here) = (position.get(&lock.pid)?, position.get(&pid)?);
    (table_of[*maker] == table_of[*here]).then_some(lock.pid)
}

fn kind_of(class: Class) -> Option<LockKind> {
    match class {
        Class::Posix => Some(LockKind::Posix),
        Class::Flock => Some(LockKind::Flock),
        Class::Ofd => Some(LockKind::Ofd),
        Class::Lease => Some(LockKind::Lease),
        Class::Deleg | Class::Other => None,
    }
}
