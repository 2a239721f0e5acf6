// SPDX-License-Identifier: GPL-2.0-only
//! What tasks share besides single files: descriptor table, fs, address space, signal handlers (clone(2):
//! `CLONE_FILES`, `CLONE_FS`, `CLONE_VM`, `CLONE_SIGHAND`).

use crate::classes::classes;
use crate::error::{FilesError, Result};
use crate::refusals::{Reason, Refusals};
use crate::subject::Subject;
use crate::sys::kcmp::{self, Shared};
use std::cmp::Ordering;

/// For each subject the index of the first one it shares with, its own where that is itself.
pub(crate) struct Sharing {
    pub(crate) files: Vec<usize>,
    pub(crate) fs: Vec<usize>,
    pub(crate) memory: Vec<usize>,
    pub(crate) handlers: Vec<usize>,
}

/// Compares the tasks with each other. Zombies share nothing any more.
pub(crate) fn between_tasks(subjects: &[Subject<'_>]) -> Result<Sharing> {
    let living: Vec<usize> = (0..subjects.len())
        .filter(|&i| !subjects[i].tids.is_empty())
        .collect();
    let memory_classes = compare(subjects, &living, Shared::Memory)?;
    let mut handlers: Vec<usize> = (0..subjects.len()).collect();
    // CLONE_SIGHAND goes with CLONE_VM (clone(2)), so only tasks of one address space can share handlers.
    for class in memory_classes.iter().filter(|class| class.len() > 1) {
        assign(&mut handlers, &compare(subjects, class, Shared::Handlers)?);
    }
    let first_of = |found: Vec<Vec<usize>>| {
        let mut first: Vec<usize> = (0..subjects.len()).collect();
        assign(&mut first, &found);
        first
    };
    Ok(Sharing {
        files: first_of(compare(subjects, &living, Shared::Files)?),
        fs: first_of(compare(subjects, &living, Shared::Fs)?),
        memory: first_of(memory_classes),
        handlers,
    })
}

fn assign(first: &mut [usize], found: &[Vec<usize>]) {
    for class in found {
        for &member in class {
            first[member] = class[0];
        }
    }
}

fn compare(subjects: &[Subject<'_>], among: &[usize], what: Shared) -> Result<Vec<Vec<usize>>> {
    classes(among.iter().copied(), |a, b| {
        kcmp_tasks(what, subjects[a].pid, subjects[b].pid).or_else(FilesError::unequal_if_gone)
    })
}

fn kcmp_tasks(what: Shared, a: i32, b: i32) -> Result<Ordering> {
    kcmp::shared(what, a, b).map_err(|e| {
        FilesError::io("compare the resources", a, "kcmp", e)
            .about(format!("of pid {a} with those of pid {b}"))
    })
}

/// Threads share table and fs with their leader unless they called unshare(2): a state CRIU's format has no
/// place for.
pub(crate) fn within_tasks(subjects: &[Subject<'_>], refusals: &mut Refusals) -> Result<()> {
    for subject in subjects {
        for &tid in subject.tids.iter().filter(|&&tid| tid != subject.pid) {
            let checks = [
                (Shared::Files, "descriptor table"),
                (Shared::Fs, "working directory and root"),
            ];
            for (what, name) in checks {
                match kcmp_tasks(what, subject.pid, tid) {
                    Ok(Ordering::Equal) => {}
                    Ok(_) => refusals.add(
                        subject.pid,
                        format!("thread {tid}"),
                        Reason::new(
                            format!("thread with a {name} of its own"),
                            "it left the one of its process with unshare(2)",
                            "",
                        ),
                    ),
                    Err(error) if error.is_gone() => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(())
}
