// SPDX-License-Identifier: GPL-2.0-only
//! What can go wrong with a session, as errors of the tree.
use crate::worker::Lost;
use stasis_task::{ErrorKind, TaskError};

pub(super) fn failure(root: i32, lost: Lost) -> TaskError {
    match lost {
        Lost::Panicked(text) => TaskError::because("dump the tree", root, text)
            .of_kind(ErrorKind::Internal)
            .hint("this is a defect of stasis, please report it; the tree was let go"),
        Lost::Stuck(time) => TaskError::because(
            "dump the tree",
            root,
            format!("nothing came of it within {time:?}"),
        )
        .of_kind(ErrorKind::Unfinished)
        .hint("a task, a file system or a device does not answer; the tree runs on when this process ends"),
    }
}

pub(super) fn over(root: i32) -> TaskError {
    TaskError::because("dump the tree", root, "it has been let go already").of_kind(ErrorKind::Internal)
}

pub(super) fn injected(root: i32, error: &std::io::Error) -> TaskError {
    TaskError::io("dump the tree", "fault", root, 0, error)
}
