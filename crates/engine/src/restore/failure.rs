// SPDX-License-Identifier: GPL-2.0-only
use crate::worker::Lost;
use stasis_task::{ErrorKind, TaskError};

/// What has become of the session's thread, as an error of the tree.
pub(super) fn failure(root: i32, lost: Lost) -> TaskError {
    match lost {
        Lost::Panicked(text) => TaskError::because("restore the tree", root, text)
            .of_kind(ErrorKind::Internal)
            .hint("this is a defect of stasis, please report it"),
        Lost::Stuck(time) => TaskError::because(
            "restore the tree",
            root,
            format!("nothing came of it within {time:?}"),
        )
        .of_kind(ErrorKind::Unfinished),
    }
}
