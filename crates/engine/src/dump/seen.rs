// SPDX-License-Identifier: GPL-2.0-only
//! What a survey says of memory, what of it is kept, and what of it goes to whoever asked for the dump.
use crate::identity::Identities;
use stasis_pages::{Kind, Range};
use stasis_wire::Message;
use stasis_wire::facts::description::Kind as FileKind;
use stasis_wire::facts::{Survey, Task, Vma, VmaKind};

/// A survey by the tree's own numbers.
pub(super) fn encoded(survey: &Survey, identities: Option<&Identities>) -> Vec<u8> {
    let Some(identities) = identities else {
        return survey.encode_to_vec();
    };
    let mut survey = survey.clone();
    identities.survey(&mut survey);
    survey.encode_to_vec()
}

/// A survey of pids and threads only, by the tree's own numbers. Nothing else here needs the threads: they are taken.
pub(super) fn threads_alone(survey: &mut Survey, identities: Option<&Identities>) -> Vec<u8> {
    let threads = |task: &mut Task| {
        let mut facts = Task {
            pid: task.pid,
            threads: std::mem::take(&mut task.threads),
            ..Task::default()
        };
        if let Some(identities) = identities {
            identities.task(&mut facts);
        }
        facts
    };
    let threads = Survey {
        tasks: survey.tasks.iter_mut().map(threads).collect(),
        ..Survey::default()
    };
    threads.encode_to_vec()
}

/// What was in pipes and sockets is not needed here, and may be much.
pub(super) fn forget_contents(survey: &mut Survey) {
    for description in &mut survey.descriptions {
        match &mut description.kind {
            Some(FileKind::Pipe(pipe) | FileKind::Fifo(pipe)) => pipe.data = Vec::new(),
            Some(FileKind::Unix(unix)) => unix.queue = Vec::new(),
            Some(FileKind::Inet(inet)) => inet.queue = Vec::new(),
            _ => {}
        }
    }
}

/// Memory that goes with the tasks.
pub(super) fn private_bytes(survey: &Survey) -> u64 {
    let vmas = survey.tasks.iter().flat_map(|task| &task.vmas);
    vmas.map(|vma| vma.private_bytes).sum()
}

/// The part of a task's memory that is its own: what a page pipe has to look through. Of shared memory that is guard pages.
pub(super) fn own_range(vma: &Vma) -> Option<Range> {
    let kind = match VmaKind::try_from(vma.kind).ok()? {
        VmaKind::File | VmaKind::Shmem if vma.shared => Kind::Shared,
        VmaKind::Anon | VmaKind::Heap | VmaKind::Stack => Kind::Anonymous,
        VmaKind::File | VmaKind::Shmem => Kind::FilePrivate,
        VmaKind::Vdso => Kind::Kernel,
        _ => return None,
    };
    Some(Range {
        start: vma.start,
        end: vma.end,
        kind,
        mapped_elsewhere: vma.mapped_elsewhere,
    })
}
