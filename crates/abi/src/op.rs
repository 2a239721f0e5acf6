// SPDX-License-Identifier: GPL-2.0-only

/// [`Op::save`]: the result is not kept.
pub const NO_SLOT: u16 = u16::MAX;

/// One operation: 72 bytes, little-endian, no padding.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Op {
    /// A [`Code`].
    pub code: u8,
    /// An [`Expect`].
    pub expect: u8,
    /// A [`crate::Sys`] for [`Code::Syscall`], else 0.
    pub sys: u16,
    /// An [`Arg`] for each of `args`.
    pub kinds: [u8; 6],
    /// Slot that receives the result, or [`NO_SLOT`].
    pub save: u16,
    /// Host's index of the reason for this operation; the interpreter ignores it.
    pub why: u32,
    pub args: [u64; 6],
    /// What [`Expect::Exact`] and [`Expect::OkOr`] compare with.
    pub want: i64,
}

/// What an operation does. `args` are named `a0`–`a5`, after resolution by their [`Arg`] kind.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The system call `sys` with `a0`–`a5`.
    Syscall = 0,
    /// Arrive at barrier `a0` and wait until it opens.
    Meet = 1,
    /// Arrive at barrier `a0`, do not wait.
    Arrive = 2,
    /// Wait until barrier `a0` opens, without arriving.
    Wait = 3,
    /// Create a process: strand `a0` begins its program in the child, whose tid is that
    /// strand's; `a1` = clone flags beyond the exit signal (`CLONE_FILES`, `CLONE_PARENT`, …), `a2` = exit
    /// signal (must be 0 with `CLONE_PARENT`, `clone3` insists). The result is the new pid. The
    /// child runs on its own strand's stack.
    Process = 4,
    /// Create a thread of this process running strand `a0`
    /// (`CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM`, its tid from the strand). `a1` is ignored.
    /// The result is the new tid.
    Thread = 5,
    /// End this process: exit code `a0` when `a1` is 0, else killed by signal `a1`
    /// (default action restored and unblocked first). Never returns.
    Exit = 6,
    /// Store the low `a2` (1, 2, 4, 8) bytes of `a1` at address `a0`, which need not be aligned.
    /// Result 0.
    Store = 7,
    /// Result = `a0` (puts a value, an address or another slot's content into a slot).
    Set = 8,
    /// Compare `a2` bytes at addresses `a0` and `a1`: result 0 when equal, else 1 + index of the first difference.
    Compare = 9,
    /// Repeat from operation index `a0` while slot value `a1` is not equal to `a2`, at most `a3`
    /// times in total (this operation counts them in slot `a4`, an index); result 0, or
    /// `-ELOOP` when the bound is reached. For finding a pty index or a POSIX timer id.
    Until = 10,
    /// Put descriptor `a0` at number `a1`, with the flags `a2` of `dup3` (`O_CLOEXEC` or 0), and close `a0`. Where it
    /// is at `a1` already only the flag is set: what is made has the lowest free number, which may be that one. Result `a1`.
    Move = 11,
    /// Take `a1` nanoseconds off the `struct timespec` at address `a0`; at least one is left. Result 0.
    Earlier = 12,
}

/// How an argument becomes a value.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    /// The value itself.
    Imm = 0,
    /// Arena base + value: the address of something in the arena.
    Data = 1,
    /// Content of this strand's slot number `value & 0xffff_ffff`, plus the signed upper half.
    Slot = 2,
    /// `Board::globals[value & 0xffff_ffff]`, plus the signed upper half shifted left by 12 (pages).
    Global = 3,
    /// The `u64` stored at arena offset `value` at the time of execution.
    Load = 4,
    /// As [`Arg::Load`], but the `u32` stored there, sign-extended (a file descriptor written by
    /// `pipe2`, `socketpair` or `SCM_RIGHTS`).
    Load32 = 5,
}

/// Which results an operation may have.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Not an errno (`result as isize` not in `-4095..=-1`).
    Ok = 0,
    /// Exactly `want`.
    Exact = 1,
    /// Anything.
    Any = 2,
    /// As `Ok`, or exactly `want` (a negative errno that is as good as success).
    OkOr = 3,
}
