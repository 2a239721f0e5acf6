// SPDX-License-Identifier: GPL-2.0-only
use stasis_arena::Failure;
use stasis_task::TaskError;

/// Why a restore failed.
#[derive(Debug)]
pub enum RestoreError {
    /// The wanted pid of the root belongs to someone else.
    PidTaken {
        pid: i32,
        holder: Option<String>,
    },
    /// An operation of the plan did not give what it should; `why` is the planner's index.
    Operation {
        strand: u32,
        tid: i32,
        failure: Failure,
    },
    /// A task ended before the restore was done.
    Ended {
        tid: i32,
    },
    Task(TaskError),
}

impl From<TaskError> for RestoreError {
    fn from(error: TaskError) -> Self {
        Self::Task(error)
    }
}
