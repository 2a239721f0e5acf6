// SPDX-License-Identifier: GPL-2.0-only
//! Looking at a message that is not the first of its queue.
//!
//! That needs `SO_PEEK_OFF`, which belongs to the socket and so to the task: left behind, every later
//! `MSG_PEEK` of the program would miss what lies before it. Therefore the three steps (set, look, set back)
//! must not come apart when the dumper is killed between them:
//! - [`by_ring`]: one submission to an io_uring (6.7 for `SOCKET_URING_OP_SETSOCKOPT`). All three complete
//!   within one system call, and a fatal signal is acted upon only on the way back to user mode.
//! - [`by_guardian`]: elsewhere, by a short-lived process that shares our memory and descriptors but is none
//!   of our threads, so a SIGKILL of the dumper passes it by.
//!
//! # Safety
//! Ring: the kernel uses `offset`, `restore` and the message header until the completions arrive; all outlive
//! the waiting call, and the completions are all awaited. Guardian: the child runs on a stack of its own and
//! only makes system calls; `CLONE_VFORK` keeps this thread, with whom it shares the thread-local errno,
//! asleep until it has ended.
#![allow(unsafe_code)]

use super::message::{self, Buffer, FLAGS, Received};
use io_uring::{IoUring, opcode, types};
use std::cell::OnceCell;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// How to look at a message in the middle of a queue, set up at the first use.
#[derive(Default)]
pub(crate) struct Peeker {
    ring: OnceCell<Option<IoUring>>,
}

impl Peeker {
    /// What lies at `offset` bytes from the head of the queue, or first in it; `restore` is the socket's own peek offset (-1: none).
    ///
    /// # Errors
    /// As of [`Self::peek_at`].
    pub(crate) fn look(
        &mut self,
        socket: BorrowedFd<'_>,
        offset: Option<usize>,
        restore: i32,
        buffer: &mut Buffer,
    ) -> io::Result<Received> {
        match offset {
            None => message::peek(socket, buffer),
            Some(offset) => self.peek_at(socket, offset as i32, restore, buffer),
        }
    }

    /// How many of the `length` bytes at that place of a stream were sent before the message whose descriptors come with them.
    ///
    /// The kernel glues what has none to what follows, and looks at the descriptors of the next message even where the buffer is full
    /// (`unix_stream_read_generic`, `net/unix/af_unix.c`). A program that reads less at a time gets bytes first, descriptors later.
    ///
    /// # Errors
    /// As of [`Self::peek_at`].
    pub(crate) fn glued(
        &mut self,
        socket: BorrowedFd<'_>,
        offset: Option<usize>,
        restore: i32,
        length: usize,
        buffer: &mut Buffer,
    ) -> io::Result<usize> {
        if length <= 1 {
            return Ok(0);
        }
        buffer.end_at(length - 1);
        match self.look(socket, offset, restore, buffer) {
            Ok(before) => Ok(before.data.len()),
            Err(error) if error.raw_os_error() == Some(libc::EFAULT) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// The message at `offset` bytes from the head of the queue; `restore` is the socket's own peek offset
    /// (-1: none), set again afterwards.
    ///
    /// # Errors
    /// `EAGAIN` behind the last message; others as of `recvmsg(2)` and `setsockopt(2)`.
    pub(crate) fn peek_at(
        &mut self,
        socket: BorrowedFd<'_>,
        offset: i32,
        restore: i32,
        buffer: &mut Buffer,
    ) -> io::Result<Received> {
        self.ring
            .get_or_init(|| IoUring::builder().setup_submit_all().build(4).ok());
        if let Some(Some(ring)) = self.ring.get_mut() {
            match by_ring(ring, socket, offset, restore, buffer) {
                Err(error) if unsupported(&error) => self.ring = OnceCell::from(None),
                answer => return answer,
            }
        }
        by_guardian(socket, offset, restore, buffer)
    }
}

/// Older kernels know io_uring but not this command.
fn unsupported(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EOPNOTSUPP | libc::EINVAL | libc::ENOSYS)
    )
}

fn by_ring(
    ring: &mut IoUring,
    socket: BorrowedFd<'_>,
    offset: i32,
    restore: i32,
    buffer: &mut Buffer,
) -> io::Result<Received> {
    let fd = types::Fd(socket.as_raw_fd());
    let set = |value: &i32| {
        let value: *const i32 = value;
        opcode::SetSockOpt::new(
            fd,
            libc::SOL_SOCKET as u32,
            libc::SO_PEEK_OFF as u32,
            value.cast(),
            4,
        )
        .build()
    };
    let look = opcode::RecvMsg::new(fd, buffer.arm()).flags(FLAGS as u32).build();
    let steps = [
        set(&offset).user_data(0),
        look.user_data(1),
        set(&restore).user_data(2),
    ];
    // SAFETY: what the entries point to lives until all completions are here.
    unsafe { ring.submission().push_multiple(&steps) }.map_err(io::Error::other)?;

    ring.submit_and_wait(steps.len())?;
    let mut answers = [-libc::EIO; 3];
    for completion in ring.completion() {
        answers[completion.user_data() as usize] = completion.result();
    }
    let received = check(answers[1]).map(|length| buffer.take(length));
    check(answers[0]).and(check(answers[2]))?;
    received
}

struct Errand {
    socket: i32,
    offset: i32,
    restore: i32,
    header: *mut libc::msghdr,
    answers: [i32; 3],
}

fn by_guardian(
    socket: BorrowedFd<'_>,
    offset: i32,
    restore: i32,
    buffer: &mut Buffer,
) -> io::Result<Received> {
    const STACK: usize = 64 << 10;
    let header = buffer.arm();
    let mut errand = Errand {
        socket: socket.as_raw_fd(),
        offset,
        restore,
        header,
        answers: [-libc::EIO; 3],
    };
    let mut stack = vec![0u128; STACK / 16];
    let top = stack.as_mut_ptr_range().end;
    // A handler of ours must not run in the child, nor may the terminal's signals end it.
    // SAFETY: zero is a value of sigset_t.
    let (mut all, mut old): (libc::sigset_t, libc::sigset_t) = unsafe { std::mem::zeroed() };
    // SAFETY: writes the set it is given.
    unsafe { libc::sigfillset(&raw mut all) };
    // SAFETY: both sets are live.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut old) };
    // No exit signal: the parent's SIGCHLD handling is not ours to disturb.
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_FILES;
    // SAFETY: `top` is the 16-aligned end of a live stack, `errand` outlives the child (CLONE_VFORK).
    let child = unsafe { libc::clone(run, top.cast(), flags, (&raw mut errand).cast()) };
    let failed = io::Error::last_os_error();
    if child > 0 {
        // SAFETY: takes numbers and a null pointer. Someone else may have reaped it: nothing to do then.
        unsafe { libc::waitpid(child, std::ptr::null_mut(), libc::__WCLONE) };
    }
    // SAFETY: restores the set saved above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const old, std::ptr::null_mut()) };
    if child < 0 {
        return Err(failed);
    }
    let received = check(errand.answers[1]).map(|length| buffer.take(length));
    check(errand.answers[0]).and(check(errand.answers[2]))?;
    received
}

/// The guardian's life.
extern "C" fn run(errand: *mut libc::c_void) -> i32 {
    // SAFETY: `by_guardian` passes its live errand and sleeps meanwhile.
    let errand = unsafe { &mut *errand.cast::<Errand>() };
    let set = |value: &i32| {
        let value: *const i32 = value;
        // SAFETY: a live int of the caller.
        let answer = unsafe {
            libc::setsockopt(
                errand.socket,
                libc::SOL_SOCKET,
                libc::SO_PEEK_OFF,
                value.cast(),
                4,
            )
        };
        negated(answer as isize)
    };
    let first = set(&errand.offset);
    let second = if first == 0 {
        // SAFETY: the header was armed by the caller.
        negated(unsafe { libc::recvmsg(errand.socket, errand.header, FLAGS) })
    } else {
        first
    };
    let third = set(&errand.restore);
    errand.answers = [first, second, third];
    0
}

/// The kernel's own way of answering: a negative errno.
fn negated(answer: isize) -> i32 {
    if answer < 0 {
        -io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
    } else {
        answer as i32
    }
}

fn check(answer: i32) -> io::Result<usize> {
    if answer < 0 {
        Err(io::Error::from_raw_os_error(-answer))
    } else {
        Ok(answer as usize)
    }
}

#[cfg(test)]
mod tests;
