// SPDX-License-Identifier: GPL-2.0-only
use super::context::Context;
use super::{host, task};
use stasis_files::{Options, Subject};
use stasis_task::{Frozen, Result, TaskError};
use stasis_wire::facts::Survey;

/// Looks at a frozen tree from outside. Nothing is changed in any task.
pub(crate) fn survey(frozen: &Frozen) -> Result<Survey> {
    let mut context = Context::default();
    let mut tasks = frozen
        .processes
        .iter()
        .map(|process| task::task(&mut context, process))
        .collect::<Result<Vec<_>>>()?;
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
    let files = stasis_files::survey(&subjects, &mut context.objects, &Options { contents: true })
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
    context.refusals.extend(files.refusals);
    Ok(Survey {
        tasks,
        descriptions: files.descriptions,
        memory_objects: context.objects.into_vec(),
        refusals: context.refusals,
        host: Some(host()?),
        locks: files.locks,
    })
}
