// SPDX-License-Identifier: GPL-2.0-only
//! Which tasks are ours, whatever becomes of their pids: a task that is killed from outside may be followed by a stranger with
//! the same pid at any time. Ours have the arena mapped.
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use stasis_arena::Arena;
use stasis_kernel_text::maps::{self, Name};
use stasis_task::{Result, TaskError, stat};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

/// The tasks of a tree that is being made.
#[derive(Debug)]
pub(super) struct Ours {
    arena: u64,
    /// Where one of them has the arena: all others probably have it there, too.
    place: OnceLock<Range<u64>>,
}

impl Ours {
    pub(super) fn new(arena: &Arena) -> Self {
        let inode = rustix::fs::fstat(arena.object()).map_or(0, |stat| stat.st_ino);
        Self {
            arena: inode,
            place: OnceLock::new(),
        }
    }

    /// A descriptor of a task, as our own.
    pub(super) fn descriptor(&self, pid: i32, number: i32) -> Result<OwnedFd> {
        self.of("take a descriptor", "pidfd_getfd", pid, |pidfd| {
            Ok(pidfd_getfd(pidfd, number, PidfdGetfdFlags::empty())?)
        })
    }

    /// A task's memory, to be written to: it stays that task's.
    pub(super) fn memory(&self, pid: i32) -> Result<File> {
        self.of("open the memory", "openat", pid, |_| {
            File::options().write(true).open(format!("/proc/{pid}/mem"))
        })
    }

    /// The shared memory behind a mapping of a task. Needs `CAP_CHECKPOINT_RESTORE`.
    pub(super) fn mapped(&self, pid: i32, range: &Range<u64>) -> Result<OwnedFd> {
        self.of("open shared memory", "openat", pid, |_| {
            Ok(File::open(link(pid, range))?.into())
        })
    }

    /// What is had of a task by its pid. Whoever has the pid must have the arena mapped, too, and still be the same
    /// afterwards: a process whose descriptor shows that it has not ended has kept its pid all the while.
    fn of<T>(
        &self,
        stage: &'static str,
        call: &'static str,
        pid: i32,
        take: impl FnOnce(&OwnedFd) -> io::Result<T>,
    ) -> Result<T> {
        let gone = || TaskError {
            errno: libc::ESRCH,
            ..TaskError::because(
                stage,
                pid,
                "it has ended, or is none of those that are being restored",
            )
        };
        let task = Pid::from_raw(pid).ok_or_else(gone)?;
        let pidfd = pidfd_open(task, PidfdFlags::empty())
            .map_err(|error| TaskError::io(stage, "pidfd_open", pid, 0, &error.into()))?;
        let taken = take(&pidfd);
        if !self.is_ours(pid) || has_ended(&pidfd) {
            return Err(gone());
        }
        taken.map_err(|error| TaskError::io(stage, call, pid, 0, &error))
    }

    fn is_ours(&self, pid: i32) -> bool {
        let there = |place| std::fs::metadata(link(pid, place)).is_ok_and(|meta| meta.ino() == self.arena);
        if self.place.get().is_some_and(there) {
            return true;
        }
        let Some(place) = arena_of(pid, self.arena) else {
            return false;
        };
        let _ = self.place.set(place);
        true
    }
}

fn link(pid: i32, range: &Range<u64>) -> String {
    format!("/proc/{pid}/map_files/{:x}-{:x}", range.start, range.end)
}

/// A descriptor of a process can be read from once it has ended.
fn has_ended(pidfd: &OwnedFd) -> bool {
    let mut polled = [PollFd::from_borrowed_fd(pidfd.as_fd(), PollFlags::IN)];
    poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}

pub(super) fn is_over(pid: i32) -> bool {
    stat(pid, pid).map_or(true, |stat| matches!(stat.state, 'Z' | 'X'))
}

/// Whether the bearer of a thread's id has the arena mapped.
pub(super) fn has_arena(pid: i32, arena_inode: u64) -> bool {
    !is_over(pid) && arena_of(pid, arena_inode).is_some()
}

fn arena_of(pid: i32, inode: u64) -> Option<Range<u64>> {
    let text = std::fs::read(format!("/proc/{pid}/maps")).ok()?;
    let mut all = maps::iter(&text).flatten();
    let found = all.find(|vma| vma.ino == inode && matches!(vma.kind(), Name::Memfd(_)))?;
    Some(found.start..found.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stasis_abi::ORPHAN_DIES;
    use stasis_arena::Builder;
    use std::process::{Child, Command};

    struct Killed(Child);

    impl Drop for Killed {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// This process has the arena mapped, a stranger has not.
    #[test]
    fn nothing_is_had_of_a_stranger() {
        let mut builder = Builder::new(ORPHAN_DIES);
        builder.strand(0);
        let arena = Arena::create(&builder.finish().unwrap()).unwrap();
        let ours = Ours::new(&arena);
        let own = std::process::id().cast_signed();
        // Twice: the second time it is looked for where it was.
        for _ in 0..2 {
            assert!(ours.memory(own).is_ok() && ours.descriptor(own, 0).is_ok());
        }
        let child = Killed(Command::new("sleep").arg("1000").spawn().unwrap());
        let stranger = child.0.id().cast_signed();
        // A child of vfork(2) lets us go on before it leaves our memory for that of its program.
        while has_arena(stranger, ours.arena) {
            std::thread::yield_now();
        }
        let error = ours.memory(stranger).unwrap_err();
        assert_eq!(
            (error.stage, error.pid, error.errno),
            ("open the memory", stranger, libc::ESRCH)
        );
        assert!(ours.descriptor(stranger, 0).is_err() && ours.mapped(stranger, &(0..1)).is_err());
    }

    #[test]
    fn a_process_that_has_ended_is_known_to_have() {
        let mut child = Killed(Command::new("sleep").arg("1000").spawn().unwrap());
        let pid = Pid::from_raw(child.0.id().cast_signed()).unwrap();
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).unwrap();
        assert!(!has_ended(&pidfd));
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        assert!(has_ended(&pidfd));
    }
}
