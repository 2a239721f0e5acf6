// SPDX-License-Identifier: GPL-2.0-only
use core::sync::atomic::{AtomicI32, AtomicU32};

/// Bytes of stack per strand, the guard-free way: a signal frame with AVX-512 and AMX state
/// (up to 12 KiB) and the handler on top of it still fit, should the host die at a bad moment.
pub const STACK_SIZE: u64 = 64 * 1024;

/// A thread of execution inside an arena: one task's (or thread's) program and how far it is.
#[repr(C)]
pub struct Strand {
    /// A [`State`].
    pub state: AtomicU32,
    /// Index of the operation being executed; where it failed, when `state` is `Failed`.
    pub at: AtomicU32,
    /// Raw result of the failed operation (negative errno, or the unexpected value truncated).
    pub result: AtomicI32,
    /// Thread id to create this strand's thread with (`clone3`'s `set_tid`), 0 for any.
    pub tid: i32,
    /// Offset of the first operation from the arena's base; number of operations.
    pub ops_at: u64,
    pub ops: u32,
    /// Number of result slots, and offset of the slot array (`u64` each).
    pub slots: u32,
    pub slots_at: u64,
    /// Offset of the first byte *behind* this strand's stack; 16-byte aligned.
    pub stack_top: u64,
    /// Offset of an `rt_sigreturn` frame that leads home, 0 where there is none
    /// (x86_64: offset of the `struct ucontext` inside `struct rt_sigframe`, where the stack
    /// pointer must point when the system call is made). A strand without a way home that is
    /// released kills its process.
    pub home: u64,
}

#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not started.
    Idle = 0,
    Running = 1,
    /// All operations done; waiting at the gate for the host to take the thread over.
    Parked = 2,
    /// An operation's result was not the expected one; see `at` and `result`. Waits at the gate
    /// (dump) or ends the task (restore).
    Failed = 3,
    /// Ended through [`crate::Code::Exit`] (a restored zombie or a helper). Published just
    /// before the end: the process may still be on its way to becoming a zombie.
    Exited = 4,
    /// Stopped before the operation `at` because [`crate::Board::abort`] was set; waits at the gate.
    Aborted = 5,
}

impl State {
    #[must_use]
    pub fn from_u32(value: u32) -> Option<Self> {
        Some(match value {
            0 => Self::Idle,
            1 => Self::Running,
            2 => Self::Parked,
            3 => Self::Failed,
            4 => Self::Exited,
            5 => Self::Aborted,
            _ => return None,
        })
    }
}
