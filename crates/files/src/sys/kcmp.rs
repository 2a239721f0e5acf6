// SPDX-License-Identifier: GPL-2.0-only
//! `kcmp(2)` (`kernel/kcmp.c`): whether two tasks share a kernel object.
//!
//! Its answer is a total order over the objects of a kind, kept until the next boot, so that n objects are
//! told apart with O(n log n) calls.
//!
//! # Safety
//! `kcmp(2)` takes numbers only, except for `KCMP_EPOLL_TFD`, whose last argument points to a slot that
//! outlives the call.
#![allow(unsafe_code)]

use std::cmp::Ordering;
use std::io;

/// What is compared; the numbers are those of `include/uapi/linux/kcmp.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Shared {
    /// Address space (`CLONE_VM`).
    Memory = 1,
    /// Descriptor table (`CLONE_FILES`).
    Files = 2,
    /// Root, working directory and umask (`CLONE_FS`).
    Fs = 3,
    /// Signal handlers (`CLONE_SIGHAND`).
    Handlers = 4,
}

const FILE: i32 = 0;
const EPOLL_TARGET: i32 = 7;

/// `struct kcmp_epoll_slot`.
#[repr(C)]
struct EpollSlot {
    efd: u32,
    tfd: u32,
    toff: u32,
}

/// A descriptor of a task: (pid, fd).
pub(crate) type Place = (i32, i32);

/// Orders the resources of two tasks (or threads).
pub(crate) fn shared(what: Shared, a: i32, b: i32) -> io::Result<Ordering> {
    call(a, b, what as i32, 0, 0)
}

/// Orders the open file descriptions behind two descriptors.
pub(crate) fn file(a: Place, b: Place) -> io::Result<Ordering> {
    call(a.0, b.0, FILE, a.1 as u64, b.1 as u64)
}

/// Orders the description behind `a` and the one that the epoll at `epoll` watches as `tfd`: the `nth` of
/// that number, in the order of its fdinfo (4.13).
pub(crate) fn epoll_target(a: Place, epoll: Place, tfd: i32, nth: u32) -> io::Result<Ordering> {
    let slot = EpollSlot {
        efd: epoll.1 as u32,
        tfd: tfd as u32,
        toff: nth,
    };
    call(a.0, epoll.0, EPOLL_TARGET, a.1 as u64, (&raw const slot) as u64)
}

fn call(pid1: i32, pid2: i32, kind: i32, index1: u64, index2: u64) -> io::Result<Ordering> {
    // SAFETY: numbers, and for EPOLL_TARGET the address of a live slot in `index2`.
    let answer = unsafe { libc::syscall(libc::SYS_kcmp, pid1, pid2, kind, index1, index2) };
    match answer {
        0 => Ok(Ordering::Equal),
        1 => Ok(Ordering::Less),
        2 => Ok(Ordering::Greater),
        -1 => Err(io::Error::last_os_error()),
        _ => Err(io::Error::other("kcmp gives no order on this machine")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_duplicate_is_the_same_file_and_another_opening_is_not() {
        let pid = std::process::id() as i32;
        let a = std::fs::File::open("/dev/null").unwrap();
        let duplicate = a.try_clone().unwrap();
        let b = std::fs::File::open("/dev/null").unwrap();
        let place = |f: &std::fs::File| (pid, f.as_raw_fd());
        assert_eq!(file(place(&a), place(&duplicate)).unwrap(), Ordering::Equal);
        let order = file(place(&a), place(&b)).unwrap();
        assert_ne!(order, Ordering::Equal);
        assert_eq!(file(place(&b), place(&duplicate)).unwrap(), order.reverse());
    }

    #[test]
    fn one_process_shares_with_itself() {
        let pid = std::process::id() as i32;
        for what in [Shared::Memory, Shared::Files, Shared::Fs, Shared::Handlers] {
            assert_eq!(shared(what, pid, pid).unwrap(), Ordering::Equal);
        }
    }
}
