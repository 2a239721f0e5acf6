// SPDX-License-Identifier: GPL-2.0-only
use super::context::{Common, Met};
use super::path::Paths;
use super::{host, namespace, task, thread};
use stasis_files::{Objects, Options, Subject};
use stasis_kernel_text::task::number;
use stasis_task::{Frozen, Process, Result};
use stasis_wire::facts::{Refusal, Survey, Task, Thread};
use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;

/// Threads that are looked at in one go.
const THREADS: usize = 32;
/// Jobs for which it is worth to start a thread of our own.
const SHARE: usize = 4;

/// Descriptors of ours for descriptions that are only in flight, by their ids: no task's number leads to them.
pub(crate) type InFlight = HashMap<u32, OwnedFd>;

/// Looks at a frozen tree from outside. Nothing is changed in any task.
pub(crate) fn survey(frozen: &Frozen, messages: bool) -> Result<(Survey, InFlight)> {
    let (mut tasks, mut objects, mut refusals) = tasks(frozen)?;
    refusals.extend(dispatching(frozen, &tasks));
    autogroups(&mut tasks);
    let names: Vec<(String, Vec<i32>)> = tasks
        .iter()
        .map(|task| {
            (
                task.comm.clone(),
                task.threads.iter().map(|thread| thread.tid).collect(),
            )
        })
        .collect();
    let subjects: Vec<Subject<'_>> = tasks
        .iter()
        .zip(&names)
        .map(|(task, (comm, tids))| Subject {
            pid: task.pid,
            comm,
            tids,
        })
        .collect();
    let files = stasis_files::survey(
        &subjects,
        &mut objects,
        &Options {
            contents: true,
            messages,
        },
    )?;
    // In the order of the subjects, which is that of the tasks.
    for (task, facts) in tasks.iter_mut().zip(files.tasks) {
        if task.pid == facts.pid {
            task.fds = facts.fds;
            task.files_shared_with = facts.files_shared_with;
            task.fs_shared_with = facts.fs_shared_with;
            task.memory_shared_with = facts.memory_shared_with;
            task.sighand_shared_with = facts.sighand_shared_with;
        }
    }
    refusals.extend(files.refusals);
    let survey = Survey {
        tasks,
        descriptions: files.descriptions,
        memory_objects: objects.into_vec(),
        refusals,
        host: Some(host()?),
        locks: files.locks,
        own_pid_namespace: false,
    };
    Ok((survey, files.in_flight.into_iter().collect()))
}

/// What several threads can do at once.
enum Job<'a> {
    Task(&'a Process),
    /// Threads of a process, the first one not among them.
    Threads(&'a Process, Vec<i32>),
}

enum Found {
    Task(Box<Task>, Met),
    Threads(Vec<Thread>),
}

fn tasks(frozen: &Frozen) -> Result<(Vec<Task>, Objects, Vec<Refusal>)> {
    let common = Common {
        paths: Paths::default(),
        own_namespaces: namespace::own()?,
    };
    let jobs: Vec<Job<'_>> = frozen.processes.iter().flat_map(jobs_of).collect();
    let found = stasis_parallel::map(&jobs, SHARE, |job| match job {
        Job::Task(process) => {
            task::task(&common, process).map(|(task, met)| Found::Task(Box::new(task), met))
        }
        Job::Threads(process, tids) => thread::outside(process.pid, tids).map(Found::Threads),
    })?;
    let mut tasks: Vec<Task> = Vec::with_capacity(frozen.processes.len());
    let mut objects = Objects::new();
    let mut refusals = Vec::new();
    for found in found {
        match found {
            Found::Task(mut task, met) => {
                // Each task counted the objects it has: they get the numbers of the tree.
                let ids = objects.absorb(met.objects);
                for vma in task.vmas.iter_mut().filter(|vma| vma.memory_object != 0) {
                    vma.memory_object = ids[vma.memory_object as usize - 1];
                }
                refusals.extend(met.refusals);
                tasks.push(*task);
            }
            Found::Threads(threads) => {
                if let Some(task) = tasks.last_mut() {
                    task.threads.extend(threads);
                }
            }
        }
    }
    Ok((tasks, objects, refusals))
}

fn jobs_of(process: &Process) -> impl Iterator<Item = Job<'_>> {
    let others = process.threads.get(1..).unwrap_or_default();
    let parts = others.chunks(THREADS).map(move |part| {
        let tids = part.iter().map(|thread| thread.tid).collect();
        Job::Threads(process, tids)
    });
    std::iter::once(Job::Task(process)).chain(parts)
}

/// The niceness of each session's group of tasks (`CONFIG_SCHED_AUTOGROUP`), told by the first task that lives in it.
/// Nothing to be found is a kernel without.
fn autogroups(tasks: &mut [Task]) {
    let mut seen = HashSet::new();
    for task in tasks.iter_mut().filter(|task| !task.threads.is_empty()) {
        if !seen.insert(task.sid) {
            continue;
        }
        let text = std::fs::read(format!("/proc/{}/autogroup", task.pid)).unwrap_or_default();
        let nice = number::autogroup_nice(&text).ok().flatten();
        task.autogroup_nice = nice.and_then(|nice| i32::try_from(nice).ok()).unwrap_or(0);
    }
}

/// Threads whose system calls are caught: only their tracer can see it, this very thread.
fn dispatching(frozen: &Frozen, tasks: &[Task]) -> Vec<Refusal> {
    let refusal = |task: &Task, tid: i32| Refusal {
        pid: task.pid,
        comm: task.comm.clone(),
        object: format!("thread {tid}"),
        kind: String::from("syscall user dispatch"),
        cause: String::from(
            "it catches its own system calls, and would catch those that we make in its name",
        ),
        hint: String::new(),
    };
    let processes = frozen.processes.iter().zip(tasks);
    processes
        .flat_map(|(process, task)| process.threads.iter().map(move |thread| (task, thread)))
        .filter(|(_, thread)| thread.dispatches_syscalls())
        .map(|(task, thread)| refusal(task, thread.tid))
        .collect()
}
