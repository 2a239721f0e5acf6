// SPDX-License-Identifier: GPL-2.0-only
use super::context::Common;
use super::path::Paths;
use super::{host, namespace, task, thread};
use crate::parallel;
use stasis_files::{Objects, Options, Subject};
use stasis_task::{Frozen, Result, TaskError};
use stasis_wire::facts::{Refusal, Survey, Task};

/// Tasks, and threads, for which it is worth to start a thread of our own.
const TASKS: usize = 4;
const THREADS: usize = 32;

/// Looks at a frozen tree from outside. Nothing is changed in any task.
pub(crate) fn survey(frozen: &Frozen) -> Result<Survey> {
    let (mut tasks, mut objects, mut refusals) = tasks(frozen)?;
    threads(frozen, &mut tasks)?;
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
    let files = stasis_files::survey(&subjects, &mut objects, &Options { contents: true })
        .map_err(|error| TaskError::because("look at the descriptors", tasks[0].pid, error.to_string()))?;
    for facts in files.tasks {
        if let Some(task) = tasks.iter_mut().find(|task| task.pid == facts.pid) {
            task.fds = facts.fds;
            task.files_shared_with = facts.files_shared_with;
            task.fs_shared_with = facts.fs_shared_with;
            task.memory_shared_with = facts.memory_shared_with;
            task.sighand_shared_with = facts.sighand_shared_with;
        }
    }
    refusals.extend(files.refusals);
    Ok(Survey {
        tasks,
        descriptions: files.descriptions,
        memory_objects: objects.into_vec(),
        refusals,
        host: Some(host()?),
        locks: files.locks,
    })
}

fn tasks(frozen: &Frozen) -> Result<(Vec<Task>, Objects, Vec<Refusal>)> {
    let common = Common {
        paths: Paths::default(),
        own_namespaces: namespace::own()?,
    };
    let mut objects = Objects::new();
    let mut refusals = Vec::new();
    let found = parallel::map(&frozen.processes, TASKS, |process| task::task(&common, process))?;
    let tasks = found.into_iter().map(|(mut task, met)| {
        // Each task counted the objects it has: they get the numbers of the tree.
        let ids = objects.absorb(met.objects);
        for vma in task.vmas.iter_mut().filter(|vma| vma.memory_object != 0) {
            vma.memory_object = ids[vma.memory_object as usize - 1];
        }
        refusals.extend(met.refusals);
        task
    });
    Ok((tasks.collect(), objects, refusals))
}

/// Completes the threads: all but the first of each task, and what only their tracer can see, this very thread.
fn threads(frozen: &Frozen, tasks: &mut [Task]) -> Result<()> {
    let others: Vec<(usize, i32, Vec<i32>)> = frozen
        .processes
        .iter()
        .enumerate()
        .filter(|(_, process)| process.threads.len() > 1)
        .flat_map(|(index, process)| {
            process.threads[1..].chunks(THREADS).map(move |part| {
                let tids = part.iter().map(|thread| thread.tid).collect();
                (index, process.pid, tids)
            })
        })
        .collect();
    let found = parallel::map(&others, 1, |(index, pid, tids)| {
        thread::outside(*pid, tids).map(|facts| (*index, facts))
    })?;
    for (index, facts) in found {
        tasks[index].threads.extend(facts);
    }
    for (process, task) in frozen.processes.iter().zip(tasks) {
        for (stopped, thread) in process.threads.iter().zip(&mut task.threads) {
            thread.pending = stopped.pending_signals(false)?;
        }
        if let Some(leader) = process.threads.first() {
            task.shared_pending = leader.pending_signals(true)?;
        }
    }
    Ok(())
}
