// SPDX-License-Identifier: GPL-2.0-only
use crate::context::Context;
use crate::describe::describe;
use crate::error::{FilesError, Result};
use crate::index::Index;
use crate::kernel::undo;
use crate::objects::Objects;
use crate::refusals::Refusals;
use crate::subject::{Options, Subject};
use crate::table::{self, OpenFd};
use crate::{finish, locks, sharing};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use stasis_wire::facts;
use std::os::fd::{AsFd, OwnedFd};

/// What one task holds.
#[derive(Debug, Clone, Default)]
pub struct TaskFiles {
    /// As in its [`Subject`].
    pub pid: i32,
    /// Ascending; complete also for tasks that share a table.
    pub fds: Vec<facts::Fd>,
    /// The first task with the same descriptor table, 0 if it is this one. The others likewise.
    pub files_shared_with: i32,
    /// Root, working directory and umask.
    pub fs_shared_with: i32,
    /// Address space.
    pub memory_shared_with: i32,
    /// Signal handlers.
    pub sighand_shared_with: i32,
}

/// The files' part of a survey.
#[derive(Debug, Default)]
pub struct FileFacts {
    /// In the order of the subjects.
    pub tasks: Vec<TaskFiles>,
    /// Distinct open file descriptions; the id of each is its index + 1.
    pub descriptions: Vec<facts::Description>,
    /// Locks and leases that the tasks hold.
    pub locks: Vec<facts::FileLock>,
    /// What was met and cannot be dumped.
    pub refusals: Vec<facts::Refusal>,
    /// Description ids and descriptors of ours for what only queued messages hold (`Description.fd` is -1):
    /// the way to the contents of deleted files and memfds in flight.
    pub in_flight: Vec<(u32, OwnedFd)>,
}

/// Finds out everything about the descriptors of a set of tasks that can be known from outside, without
/// changing anything a task could notice: nothing is consumed, no flag, offset or option is changed.
///
/// For a dump the tasks must be stopped. Of running tasks (`contents: false`) it is a snapshot with the usual
/// races: a descriptor closed meanwhile is left out.
///
/// # Errors
/// Lack of rights or of descriptors, a task that is gone, a kernel without kcmp(2). What cannot be dumped is
/// in [`FileFacts::refusals`] instead.
pub fn survey(subjects: &[Subject<'_>], objects: &mut Objects, options: &Options) -> Result<FileFacts> {
    let mut refusals = Refusals::default();
    for subject in subjects {
        refusals.name_task(subject.pid, subject.comm);
    }
    let shared = sharing::between_tasks(subjects)?;
    sharing::within_tasks(subjects, &mut refusals)?;
    undo::collect(subjects, &mut refusals);

    let mut opened: Vec<OpenFd> = Vec::new();
    let mut ranges = vec![0..0; subjects.len()];
    let own_table: Vec<usize> = (0..subjects.len())
        .filter(|&i| shared.files[i] == i && !subjects[i].tids.is_empty())
        .collect();
    let pids: Vec<i32> = own_table.iter().map(|&i| subjects[i].pid).collect();
    for (position, table) in own_table.into_iter().zip(table::list_all(&pids)?) {
        let start = opened.len();
        opened.extend(table);
        ranges[position] = start..opened.len();
    }
    let (index, numbers) = Index::build(&opened)?;

    let pid_of = |first: usize, own: usize| if first == own { 0 } else { subjects[first].pid };
    let tasks = subjects.iter().enumerate().map(|(position, subject)| {
        let table = ranges[shared.files[position]].clone();
        let fds = opened[table.clone()]
            .iter()
            .zip(&numbers[table])
            .map(|(open, number)| facts::Fd {
                fd: open.fd,
                cloexec: open.cloexec,
                description: number + 1,
            });
        TaskFiles {
            pid: subject.pid,
            fds: fds.collect(),
            files_shared_with: pid_of(shared.files[position], position),
            fs_shared_with: pid_of(shared.fs[position], position),
            memory_shared_with: pid_of(shared.memory[position], position),
            sighand_shared_with: pid_of(shared.handlers[position], position),
        }
    });
    let tasks = tasks.collect();
    let mut locks = locks::collect(subjects, &shared.files, &opened, &numbers, &mut refusals)?;

    let mut context = Context::new(index, refusals, objects, *options)?;
    describe_opened(&mut context, &opened, &numbers)?;
    describe_in_flight(&mut context, &mut locks)?;
    finish::resolve(&mut context)?;
    Ok(FileFacts {
        tasks,
        descriptions: context.descriptions,
        locks,
        refusals: context.refusals.into_vec(),
        in_flight: context.kept,
    })
}

fn describe_opened(context: &mut Context<'_>, opened: &[OpenFd], numbers: &[u32]) -> Result<()> {
    // Descriptions are numbered in the order of the tables, so one task's pidfd at a time is enough.
    let mut pidfd: Option<(i32, OwnedFd)> = None;
    for (open, &number) in opened.iter().zip(numbers) {
        if number as usize != context.descriptions.len() {
            continue;
        }
        let failed = |call, e| FilesError::io("duplicate a descriptor", open.pid, call, e);
        let holder = match pidfd.take().filter(|(pid, _)| *pid == open.pid) {
            Some((_, holder)) => Ok(holder),
            None => Pid::from_raw(open.pid)
                .ok_or(Errno::SRCH)
                .and_then(|pid| pidfd_open(pid, PidfdFlags::empty())),
        };
        let holder = match holder {
            Ok(holder) => holder,
            Err(Errno::SRCH) => {
                context.skip(number, open);
                continue;
            }
            Err(e) => return Err(failed("pidfd_open", e)),
        };
        match pidfd_getfd(holder.as_fd(), open.fd, PidfdGetfdFlags::empty()) {
            Ok(duplicate) => describe(context, number, open, duplicate.as_fd())?,
            // Closed meanwhile by a task that is not stopped, as above.
            Err(Errno::BADF | Errno::SRCH) => context.skip(number, open),
            Err(e) => return Err(failed("pidfd_getfd", e).of(format!("fd {}", open.fd))),
        }
        pidfd = Some((open.pid, holder));
    }
    Ok(())
}

/// Descriptors that were found in the queues of sockets; looking at one may bring more.
fn describe_in_flight(context: &mut Context<'_>, locks: &mut Vec<facts::FileLock>) -> Result<()> {
    while let Some((number, open, duplicate)) = context.in_flight.pop_front() {
        describe(context, number, &open, duplicate.as_fd())?;
        let carrier = context.carriers.get(&number).map_or(open.pid, |(pid, _)| *pid);
        locks.extend(locks::in_flight(&open, number, carrier));
        context.kept.push((number + 1, duplicate));
    }
    Ok(())
}
