// SPDX-License-Identifier: GPL-2.0-only
//! The caller's side of a spawn.
//!
//! # Safety
//! The plan, the stacks and the words that the kernel writes to live in this function's frame or in boxes owned
//! by it, and the caller sleeps, in `clone3` (`CLONE_VFORK`) and [`gone`], until nobody else uses them.
#![allow(unsafe_code)]

use std::ffi::{CString, c_int};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::thread::futex;

use super::child::{CloneArgs, Plan, Step, between, create};
use super::image;
use super::request::{Parent, Spawn, Spawned};
use crate::arch::clone3_call;
use crate::arena::Arena;
use crate::artifacts::blob_size;
use crate::error::{Error, injected};

/// Where the seed finds the arena's object.
const ARENA: c_int = 3;
const STACK: usize = 64 * 1024;
/// `CLONE_CLEAR_SIGHAND` (5.5): handled signals get their default actions in the child.
const CLEAR_SIGHAND: u64 = 1 << 32;
const SHARED: u64 = libc::CLONE_VM as u64 | CLEAR_SIGHAND;
const CREATE: Step = ("create process", "clone3");

pub(super) fn run(arena: &Arena, how: &Spawn<'_>) -> Result<Spawned, Error> {
    injected("restore.spawn").map_err(Error::system(CREATE.0, CREATE.1))?;
    let owned = sources(arena, how)?;
    let above = owned.last().map_or(0, |(_, to)| *to + 1);
    let seed =
        fcntl_dupfd_cloexec(image::file()?, above).map_err(Error::system("copy descriptor", "fcntl"))?;
    let descriptors = owned.iter().map(|(from, to)| (from.as_raw_fd(), *to)).collect();
    let argument = CString::new(format!("{:x}", blob_size())).unwrap_or_default();
    let (mut pidfd, tid): (c_int, c_int) = (-1, how.pid);
    let (mut stack, mut middle) = (vec![0_u128; STACK / 16], vec![0_u128; STACK / 16]);
    let namespace = if how.pid_namespace {
        libc::CLONE_NEWPID as u64
    } else {
        0
    };
    let clone = CloneArgs {
        flags: SHARED | libc::CLONE_PIDFD as u64 | libc::CLONE_CHILD_CLEARTID as u64 | namespace,
        pidfd: &raw mut pidfd as u64,
        exit_signal: libc::SIGCHLD as u64,
        stack: stack.as_mut_ptr() as u64,
        stack_size: STACK as u64,
        set_tid: if tid == 0 { 0 } else { &raw const tid as u64 },
        set_tid_size: u64::from(tid != 0),
        ..CloneArgs::default()
    };
    let mut plan = Plan {
        descriptors,
        seed: seed.as_raw_fd(),
        argument,
        clone,
        between: 0,
        alive: AtomicU32::new(1),
        errno: 0,
        failed: CREATE,
        pid: 0,
    };
    plan.clone.child_tid = plan.alive.as_ptr() as u64;
    let plan_at = &raw mut plan;

    let mask = block_signals();
    let pid = match how.parent {
        // SAFETY: everything the child needs is in the plan.
        Parent::Caller => unsafe { create(plan_at) },
        // SAFETY: as above.
        Parent::Adopted => unsafe { adopted(plan_at, &mut middle) },
    };
    if pid >= 0 {
        // SAFETY: a field of the plan, of which this is the only use.
        gone(unsafe { &(*plan_at).alive });
    }
    restore_signals(mask);

    if pid < 0 {
        return Err(failure(CREATE, -pid as c_int));
    }
    // SAFETY: written by the kernel, in this process's table (the process in between shares it), and nobody else's.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    if plan.errno != 0 {
        if how.parent == Parent::Caller {
            reap(pid as i32);
        }
        return Err(failure(plan.failed, plan.errno));
    }
    Ok(Spawned {
        pid: pid as i32,
        pidfd,
    })
}

/// Creates the seed by way of a short-lived process.
///
/// # Safety
/// As [`create`].
unsafe fn adopted(plan: *mut Plan, stack: &mut [u128]) -> isize {
    let arguments = CloneArgs {
        // The table of descriptors is shared so that the pidfd comes here.
        flags: SHARED | libc::CLONE_VFORK as u64 | libc::CLONE_FILES as u64,
        stack: stack.as_mut_ptr() as u64,
        stack_size: size_of_val(stack) as u64,
        ..CloneArgs::default()
    };
    let size = size_of::<CloneArgs>();
    // SAFETY: a stack of its own, and the plan is the caller's affair.
    let middle = unsafe { clone3_call((&raw const arguments).cast(), size, between, plan.cast()) };
    if middle < 0 {
        return middle;
    }
    reap(middle as i32);
    // SAFETY: the process in between has ended.
    unsafe { (*plan).pid }
}

/// The descriptors to pass, copied out of the way of the numbers they are to get.
fn sources(arena: &Arena, how: &Spawn<'_>) -> Result<Vec<(OwnedFd, c_int)>, Error> {
    let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .map_err(Error::system("open /dev/null", "openat"))?;
    let mut wanted: Vec<_> = (0..)
        .zip(how.stdio)
        .map(|(to, from)| (from.unwrap_or(null.as_fd()), to))
        .collect();
    wanted.push((arena.object(), ARENA));
    wanted.extend(how.keep);
    wanted.sort_by_key(|(_, to)| *to);
    if wanted.windows(2).any(|pair| pair[0].1 == pair[1].1) || wanted[0].1 != 0 {
        return Err(Error::refused(
            "pass descriptors to seed",
            "a number is wanted twice or negative",
        ));
    }
    let above = wanted.last().map_or(0, |(_, to)| *to + 1);
    let copy = |(from, to)| {
        Ok((
            fcntl_dupfd_cloexec(from, above).map_err(Error::system("copy descriptor", "fcntl"))?,
            to,
        ))
    };
    wanted.into_iter().map(copy).collect()
}

/// Waits until the seed's process has its own memory, or none.
fn gone(alive: &AtomicU32) {
    while alive.load(Ordering::Acquire) != 0 {
        // Woken, cleared in between or interrupted: look again.
        let _ = futex::wait(alive, futex::Flags::empty(), 1, None);
    }
}

fn failure((operation, call): Step, errno: c_int) -> Error {
    Error {
        operation,
        call,
        errno: Some(errno),
        detail: String::new(),
    }
}

/// Waits for an ended child that gives no signal.
fn reap(pid: i32) {
    // SAFETY: waits for a process of this function's making.
    while unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::__WALL) } < 0
        && std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted
    {}
}

/// Blocks every signal of this thread, also the two that libc would not block. Gives the mask before.
fn block_signals() -> u64 {
    let (all, mut before) = (u64::MAX, 0_u64);
    // SAFETY: two words of this frame.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const all,
            &raw mut before,
            8,
        )
    };
    before
}

fn restore_signals(mask: u64) {
    // SAFETY: a word of this frame.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const mask, 0, 8) };
}
