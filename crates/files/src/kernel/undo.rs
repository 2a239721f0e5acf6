// SPDX-License-Identifier: GPL-2.0-only
//! What the kernel is to give back to System V semaphores when a task ends (`SEM_UNDO`, semop(2)). It is no state of any
//! descriptor, and no call tells it; to kill the task would carry it out. So it is read from the kernel's memory
//! (`ipc/sem.c`: `struct sem_undo_list`, `struct sem_undo`).

use super::{Kernel, Member};
use crate::refusals::{Reason, Refusals};
use crate::subject::Subject;
use crate::sys::semaphores;
use std::collections::BTreeMap;
use std::io;

/// Semaphores by set.
type Sets = BTreeMap<i32, u32>;

/// More than any set has (SEMMSL).
const MOST: usize = 32_000;

const WANTED: [Member; 7] = [
    ("task_struct", "signal"),
    ("task_struct", "thread_node"),
    ("task_struct", "sysvsem"),
    ("signal_struct", "thread_head"),
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
    let kernel = Kernel::open(&WANTED);
    for subject in subjects.iter().filter(|subject| !subject.tids.is_empty()) {
        let found = match &kernel {
            Ok(kernel) => adjusted(kernel, subject.pid, &sets),
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

/// Sets to which a process, by any of its threads, is to give something back. It must be stopped.
fn adjusted(kernel: &Kernel, pid: i32, sets: &Sets) -> io::Result<Vec<i32>> {
    let leader = kernel.task(pid)?;
    let signal = kernel.follow(leader, "task_struct", "signal")?;
    let node = kernel.at(0, "task_struct", "thread_node")?;
    let mut lists = Vec::new();
    for thread in kernel.list(kernel.at(signal, "signal_struct", "thread_head")?)? {
        // `sysvsem` is nothing but a pointer to the list.
        let list = kernel.follow(thread - node, "task_struct", "sysvsem")?;
        if list != 0 && !lists.contains(&list) {
            lists.push(list);
        }
    }
    let mut found = Vec::new();
    for list in lists {
        // `list_proc` is the first member of `struct sem_undo`.
        for undo in kernel.list(kernel.at(list, "sem_undo_list", "list_proc")?)? {
            let set = kernel.int(undo, "sem_undo", "semid")?.cast_signed();
            // -1: the set was removed.
            let Some(count) = sets.get(&set) else { continue };
            // The values are the structure's end; in earlier kernels behind a pointer to them, which is its last member.
            let member = kernel.at(undo, "sem_undo", "semadj")?;
            let values = match kernel.memory.word(member)? == member + 8 {
                true => member + 8,
                false => member,
            };
            let values = kernel.memory.read(values, 2 * (*count as usize).min(MOST))?;
            if values.iter().any(|byte| *byte != 0) {
                found.push(set);
            }
        }
    }
    Ok(found)
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
