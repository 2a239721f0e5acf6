// SPDX-License-Identifier: GPL-2.0-only
//! What the kernel is to give back to System V semaphores when a task ends (`SEM_UNDO`, semop(2)). It is no state of any
//! descriptor, and no call tells it; to kill the task would carry it out. So it is read from the kernel's memory
//! (`ipc/sem.c`: `struct sem_undo_list`, `struct sem_undo`).

use crate::btf::{self, Offsets};
use crate::refusals::{Reason, Refusals};
use crate::survey::Subject;
use crate::sys::kernel_memory::KernelMemory;
use crate::sys::semaphores;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsRawFd;

/// Semaphores by set.
type Sets = BTreeMap<i32, u32>;

/// More than any task has, and any set (SEMMSL).
const MOST: usize = 32_000;

const WANTED: [(&str, &str); 16] = [
    ("task_struct", "files"),
    ("task_struct", "signal"),
    ("task_struct", "thread_node"),
    ("task_struct", "sysvsem"),
    ("signal_struct", "thread_head"),
    ("files_struct", "fdt"),
    ("fdtable", "fd"),
    ("file", "f_inode"),
    ("file", "private_data"),
    ("inode", "i_private"),
    ("pid", "tasks"),
    ("task_struct", "pid_links"),
    ("task_struct", "thread_pid"),
    ("sem_undo_list", "list_proc"),
    ("sem_undo", "semid"),
    ("sem_undo", "semadj"),
];

/// Refuses tasks with something to give back. No semaphores in the whole namespace: nothing is asked.
pub(crate) fn collect(subjects: &[Subject<'_>], refusals: &mut Refusals) {
    let sets = sets(&std::fs::read("/proc/sysvipc/sem").unwrap_or_default());
    if sets.is_empty() {
        return;
    }
    let kernel = Kernel::open();
    for subject in subjects.iter().filter(|subject| !subject.tids.is_empty()) {
        let found = match &kernel {
            Ok(kernel) => kernel.adjusted(subject.pid, &sets),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        };
        match found {
            Ok(found) => {
                for set in found {
                    refusals.add(subject.pid, format!("semaphore set {set}"), held());
                }
            }
            Err(error) => {
                for set in touched(subject.pid, &sets) {
                    refusals.add(subject.pid, format!("semaphore set {set}"), unknown(&error));
                }
            }
        }
    }
}

fn held() -> Reason {
    Reason::new(
        "SEM_UNDO",
        "what it has taken would be given back when it is killed, and whoever waits would go on",
        "let it release the semaphores first, or have it use them without SEM_UNDO",
    )
}

fn unknown(error: &io::Error) -> Reason {
    Reason::new(
        "SEM_UNDO",
        format!(
            "it has used the set last, and whether it is to give something back cannot be seen ({error})"
        ),
        "needs CAP_BPF and CAP_PERFMON, and a kernel with type information",
    )
}

/// Sets in which a semaphore was last changed by the process.
fn touched(pid: i32, sets: &Sets) -> Vec<i32> {
    let by_it = |set: i32, count: u32| {
        (0..count).any(|number| semaphores::last_user(set, number as i32).is_ok_and(|user| user == pid))
    };
    let sets = sets.iter().filter(|&(&set, &count)| by_it(set, count));
    sets.map(|(set, _)| *set).collect()
}

/// `/proc/sysvipc/sem`: a line of titles, then key, semid, perms, nsems, …
fn sets(text: &[u8]) -> Sets {
    let text = String::from_utf8_lossy(text);
    let set = |line: &str| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let semid = words.next()?.parse().ok()?;
        Some((semid, words.nth(1)?.parse().ok()?))
    };
    text.lines().skip(1).filter_map(set).collect()
}

/// A way into the kernel's memory, with a map.
struct Kernel {
    memory: KernelMemory,
    offsets: Offsets,
}

impl Kernel {
    fn open() -> io::Result<Self> {
        let memory = KernelMemory::open()?;
        let text = std::fs::read("/sys/kernel/btf/vmlinux")?;
        let offsets = btf::offsets(&text, &WANTED)
            .ok_or_else(|| io::Error::other("the kernel's type information lacks some of it"))?;
        Ok(Self { memory, offsets })
    }

    /// Sets to which a process, by any of its threads, is to give something back. It must be stopped.
    fn adjusted(&self, pid: i32, sets: &Sets) -> io::Result<Vec<i32>> {
        let leader = self.task(pid)?;
        let head = self.at(
            self.follow(leader, "task_struct", "signal")?,
            "signal_struct",
            "thread_head",
        )?;
        let node = self.at(0, "task_struct", "thread_node")?;
        let mut lists = Vec::new();
        for thread in self.list(head)? {
            // `sysvsem` is nothing but a pointer to the list.
            let list = self.follow(thread - node, "task_struct", "sysvsem")?;
            if list != 0 && !lists.contains(&list) {
                lists.push(list);
            }
        }
        let mut found = Vec::new();
        for list in lists {
            // `list_proc` is the first member of `struct sem_undo`.
            for undo in self.list(self.at(list, "sem_undo_list", "list_proc")?)? {
                let set = self.int(undo, "sem_undo", "semid")?.cast_signed();
                // -1: the set was removed.
                let Some(count) = sets.get(&set) else { continue };
                // The values are the structure's end; in earlier kernels behind a pointer to them, which is its last member.
                let member = self.at(undo, "sem_undo", "semadj")?;
                let values = match self.memory.word(member)? == member + 8 {
                    true => member + 8,
                    false => member,
                };
                let values = self.memory.read(values, 2 * (*count as usize).min(MOST))?;
                if values.iter().any(|byte| *byte != 0) {
                    found.push(set);
                }
            }
        }
        Ok(found)
    }

    /// The `struct task_struct` of a process, by a handle of it that we open and the kernel finds in our own table.
    fn task(&self, pid: i32) -> io::Result<u64> {
        let raw = Pid::from_raw(pid).ok_or_else(|| io::Error::other("it has no pid"))?;
        let handle = pidfd_open(raw, PidfdFlags::empty())?;
        let own = self.memory.own_task()?;
        let table = self.follow(self.follow(own, "task_struct", "files")?, "files_struct", "fdt")?;
        let file = self
            .memory
            .word(self.follow(table, "fdtable", "fd")? + 8 * handle.as_raw_fd() as u64)?;
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

    /// What a `struct list_head` links: addresses of the links.
    fn list(&self, head: u64) -> io::Result<Vec<u64>> {
        let mut links = Vec::new();
        let mut next = self.memory.word(head)?;
        while next != head {
            if links.len() == MOST {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_by_their_ids() {
        let text = b"       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n\
                              0      32768   600          3     0     0     0     0          0 1764525600\n\
                     1094795585          1   666      32000     0     0     0     0          0 1764525600\n";
        assert_eq!(sets(text), Sets::from([(32768, 3), (1, 32000)]));
        assert!(sets(b"").is_empty());
    }
}
