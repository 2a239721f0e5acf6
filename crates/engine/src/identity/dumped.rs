// SPDX-License-Identifier: GPL-2.0-only
//! The facts of a tree that has a PID namespace of its own, by that namespace's numbers.
use super::Identities;
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{Description, Inner, Message, Refusal, Survey, Task};
use std::collections::HashMap;

/// `fcntl(2)`: the owner of a description is a process group.
const F_OWNER_PGRP: i32 = 2;

impl Identities {
    /// Those of a tree whose root is the init of a PID namespace that is not ours; `None` for all other trees, in whose images
    /// tasks are known by our numbers.
    pub(crate) fn of_dumped(tasks: &[Task]) -> Option<Self> {
        let root = tasks.first()?;
        let level = root.pids.len().checked_sub(1).filter(|level| *level > 0)?;
        if root.pids[level] != 1 {
            return None;
        }
        let at = |numbers: &[i32]| numbers.get(level).copied().unwrap_or(0);
        let mut found = Self::default();
        for task in tasks {
            found.add(task.pid, at(&task.pids));
            for thread in &task.threads {
                found.add(thread.tid, at(&thread.tids));
            }
            // A group or session whose leader has ended has no task to be known by.
            for (host, numbers) in [(task.pgid, &task.pgids), (task.sid, &task.sids)] {
                found.groups.insert(host, at(numbers));
            }
        }
        Some(found)
    }

    fn group(&self, host: i32) -> i32 {
        self.groups.get(&host).copied().unwrap_or_else(|| self.tree(host))
    }

    /// Every number of a task in a survey, but those of refusals, which are for people.
    pub(crate) fn survey(&self, survey: &mut Survey) {
        survey.own_pid_namespace = true;
        for task in &mut survey.tasks {
            self.task(task);
        }
        for description in &mut survey.descriptions {
            self.description(description);
        }
        for object in &mut survey.memory_objects {
            object.pid = self.tree(object.pid);
        }
        for lock in &mut survey.locks {
            lock.pid = self.tree(lock.pid);
        }
    }

    pub(crate) fn task(&self, task: &mut Task) {
        task.pid = self.tree(task.pid);
        task.ppid = self.tree(task.ppid);
        task.pgid = self.group(task.pgid);
        task.sid = self.group(task.sid);
        if task.tpgid > 0 {
            task.tpgid = self.group(task.tpgid);
        }
        for shared in [
            &mut task.files_shared_with,
            &mut task.fs_shared_with,
            &mut task.memory_shared_with,
            &mut task.sighand_shared_with,
        ] {
            *shared = self.tree(*shared);
        }
        for thread in &mut task.threads {
            thread.tid = self.tree(thread.tid);
        }
        for timer in &mut task.posix_timers {
            timer.notify_tid = self.tree(timer.notify_tid);
        }
    }

    pub(crate) fn inner(&self, inner: &mut Inner) {
        inner.pid = self.tree(inner.pid);
        for thread in &mut inner.threads {
            thread.tid = self.tree(thread.tid);
        }
    }

    fn description(&self, description: &mut Description) {
        description.pid = self.tree(description.pid);
        description.owner_pid = match description.owner_type {
            F_OWNER_PGRP => self.group(description.owner_pid),
            _ => self.tree(description.owner_pid),
        };
        match &mut description.kind {
            // -1: of a process that is gone.
            Some(Kind::Pidfd(pidfd)) if pidfd.pid > 0 => pidfd.pid = self.tree(pidfd.pid),
            Some(Kind::Tty(tty)) => {
                for number in [&mut tty.session, &mut tty.foreground] {
                    *number = self.group(number.cast_signed()).cast_unsigned();
                }
            }
            Some(Kind::Unix(socket)) => {
                socket.peer_cred_pid = self.tree(socket.peer_cred_pid);
                self.queue(&mut socket.queue);
            }
            Some(Kind::Inet(socket)) => self.queue(&mut socket.queue),
            _ => {}
        }
    }

    fn queue(&self, queue: &mut [Message]) {
        for message in queue {
            message.cred_pid = self.tree(message.cred_pid);
        }
    }
}

/// Who is in the tree's PID namespace and not in the tree: they would be killed with its init, and would not come back.
pub(crate) fn strangers(tasks: &[Task]) -> Vec<Refusal> {
    let known: HashMap<i32, ()> = tasks.iter().map(|task| (task.pid, ())).collect();
    let Some(root) = tasks.first() else {
        return Vec::new();
    };
    let link = |pid: i32| std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
    let Some(namespace) = link(root.pid) else {
        return Vec::new();
    };
    let folders = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    folders
        .filter_map(|folder| folder.file_name().to_str()?.parse().ok())
        .filter(|pid| !known.contains_key(pid) && link(*pid).is_some_and(|other| other == namespace))
        .map(|pid| {
            let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            Refusal {
                pid: root.pid,
                comm: root.comm.clone(),
                object: String::from("PID namespace"),
                kind: String::from("process from outside"),
                cause: format!(
                    "pid {pid} ({}) is in it, too, and not in the tree: it would end with the namespace",
                    comm.trim_end()
                ),
                hint: format!("end pid {pid} first (somebody entered by nsenter or docker exec)"),
            }
        })
        .collect()
}
