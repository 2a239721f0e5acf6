// SPDX-License-Identifier: GPL-2.0-only
//! State that no system call shows, read from the kernel's memory by its own type information. All of it is of stopped
//! tasks, or of files that we hold, so that nothing moves meanwhile.

pub(crate) mod linkable;
pub(crate) mod pressure;
pub(crate) mod timers;
pub(crate) mod undo;

use crate::btf::{self, Offsets};
use crate::sys::kernel_memory::KernelMemory;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// A structure and a member of it.
pub(crate) type Member = (&'static str, &'static str);

/// Links of a list: more is no list.
const MOST_LINKS: usize = 100_000;

/// How files and tasks are found.
const COMMON: [Member; 9] = [
    ("task_struct", "files"),
    ("files_struct", "fdt"),
    ("fdtable", "fd"),
    ("file", "f_inode"),
    ("file", "private_data"),
    ("inode", "i_private"),
    ("pid", "tasks"),
    ("task_struct", "pid_links"),
    ("task_struct", "thread_pid"),
];

/// A way into the kernel's memory, with a map.
#[derive(Debug)]
pub(crate) struct Kernel {
    memory: KernelMemory,
    offsets: Offsets,
}

impl Kernel {
    /// Reads the kernel's map, which takes some 10 ms.
    ///
    /// # Errors
    /// No rights, or a kernel without BPF, without its type information, or without one of the members.
    pub(crate) fn open(wanted: &[Member]) -> io::Result<Self> {
        let memory = KernelMemory::open()?;
        let text = std::fs::read("/sys/kernel/btf/vmlinux")?;
        let wanted = [&COMMON, wanted].concat();
        let offsets = btf::offsets(&text, &wanted)
            .ok_or_else(|| io::Error::other("the kernel's type information lacks some of it"))?;
        Ok(Self { memory, offsets })
    }

    /// The `struct inode` of a file that we have open.
    fn inode(&self, fd: BorrowedFd<'_>) -> io::Result<u64> {
        self.follow(self.file(fd)?, "file", "f_inode")
    }

    /// The `struct file` behind a descriptor of ours.
    fn file(&self, fd: BorrowedFd<'_>) -> io::Result<u64> {
        let own = self.memory.own_task()?;
        let table = self.follow(self.follow(own, "task_struct", "files")?, "files_struct", "fdt")?;
        let files = self.follow(table, "fdtable", "fd")?;
        self.memory.word(files + 8 * fd.as_raw_fd() as u64)
    }

    /// The `struct task_struct` of a process, by a handle of it that we open.
    fn task(&self, pid: i32) -> io::Result<u64> {
        use std::os::fd::AsFd;
        let raw = Pid::from_raw(pid).ok_or_else(|| io::Error::other("it has no pid"))?;
        let handle = pidfd_open(raw, PidfdFlags::empty())?;
        let file = self.file(handle.as_fd())?;
        // Since 6.9 the inode of pidfs has it.
        let kept = self.follow(file, "file", "private_data")?;
        let inode = self.follow(file, "file", "f_inode")?;
        for candidate in [kept, self.follow(inode, "inode", "i_private")?] {
            if let Ok(task) = self.leader_of(candidate) {
                return Ok(task);
            }
        }
        Err(io::Error::other("its handle does not lead to it"))
    }

    /// From `struct pid` to the leader of the thread group.
    fn leader_of(&self, pid: u64) -> io::Result<u64> {
        /// `PIDTYPE_TGID`; lists of one pointer, linked by pairs of them.
        const GROUP: u64 = 1;
        let first = self.memory.word(self.at(pid, "pid", "tasks")? + 8 * GROUP)?;
        let task = first.wrapping_sub(self.at(0, "task_struct", "pid_links")? + 16 * GROUP);
        match self.follow(task, "task_struct", "thread_pid")? == pid {
            true => Ok(task),
            false => Err(io::Error::other("it is another task")),
        }
    }

    /// What a `struct list_head`, or a `struct hlist_head`, links: addresses of the links.
    fn list(&self, head: u64) -> io::Result<Vec<u64>> {
        let mut links = Vec::new();
        let mut next = self.memory.word(head)?;
        while next != head && next != 0 {
            if links.len() == MOST_LINKS {
                return Err(io::Error::other("a list of the kernel does not end"));
            }
            links.push(next);
            next = self.memory.word(next)?;
        }
        Ok(links)
    }

    fn at(&self, address: u64, structure: &'static str, member: &'static str) -> io::Result<u64> {
        let offset = self.offsets.get(structure, member);
        offset
            .map(|offset| address + offset)
            .ok_or_else(|| io::Error::other("unknown member"))
    }

    fn follow(&self, address: u64, structure: &'static str, member: &'static str) -> io::Result<u64> {
        self.memory.word(self.at(address, structure, member)?)
    }

    fn int(&self, address: u64, structure: &'static str, member: &'static str) -> io::Result<u32> {
        self.memory.int(self.at(address, structure, member)?)
    }
}
