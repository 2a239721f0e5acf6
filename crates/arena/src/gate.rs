// SPDX-License-Identifier: GPL-2.0-only
//! The gates of arenas, as robust futexes of the thread that made this object
//! (`Documentation/locking/robust-futex-ABI.rst`).
//!
//! When the thread dies, by `SIGKILL` too, the kernel walks its robust list, marks every gate with
//! `FUTEX_OWNER_DIED` and wakes a waiter, so that no strand waits for a host that is gone.
//!
//! # Safety
//! The list head is registered with the kernel for this thread only (the type cannot leave
//! it) and lives in a box until the old head is back. Each node is in an arena's mapping, which the
//! list's owner keeps alive. Replacing glibc's own list is sound: glibc needs it only for the
//! *robust* mutexes that this thread holds (`PTHREAD_MUTEX_ROBUST`), of which neither Rust's
//! standard library nor Node.js has any; its other state is untouched, and drop puts its head back.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::{offset_of, size_of};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use stasis_abi::Board;

use crate::arena::{Arena, wake};
use crate::artifacts::blob_size;
use crate::error::Error;

const FUTEX_WAITERS: u32 = 0x8000_0000;
/// The kernel stops its walk after 2048 nodes (`ROBUST_LIST_LIMIT`).
const LIMIT: usize = 1000;

/// `struct robust_list_head` (`include/uapi/linux/futex.h`).
#[repr(C)]
#[derive(Debug)]
struct Head {
    next: AtomicU64,
    futex_offset: isize,
    pending: u64,
}

/// Holds the strands of arenas at their gates until it lets them go, or dies.
#[derive(Debug)]
pub struct Gate {
    head: Box<Head>,
    held: Vec<Arena>,
    /// What was registered before: glibc's.
    before: (*mut Head, usize),
    owner: u32,
    /// The list belongs to a thread.
    _bound: PhantomData<*mut ()>,
}

impl Gate {
    /// Makes the calling thread the owner of gates to come. At most one such object a thread.
    ///
    /// # Errors
    /// The system call that failed.
    pub fn new() -> Result<Self, Error> {
        let mut before: (*mut Head, usize) = (null_mut(), 0);
        // SAFETY: the kernel writes the two words behind the pointers.
        let got =
            unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut before.0, &raw mut before.1) };
        check(got)?;
        let futex_offset = offset_of!(Board, gate) as isize - offset_of!(Board, robust_next) as isize;
        let head = Box::new(Head {
            next: AtomicU64::new(0),
            futex_offset,
            pending: 0,
        });
        head.next.store(address(&*head), Ordering::Relaxed);
        // SAFETY: a complete, empty list.
        check(unsafe { libc::syscall(libc::SYS_set_robust_list, &raw const *head, size_of::<Head>()) })?;
        let owner = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        Ok(Self {
            head,
            held: Vec::new(),
            before,
            owner,
            _bound: PhantomData,
        })
    }

    /// Closes the arena's gate: strands that come to it wait from now on. Before any strand starts.
    ///
    /// # Errors
    /// The kernel would not look at so many gates.
    pub fn hold(&mut self, arena: &Arena) -> Result<(), Error> {
        if self.held.len() >= LIMIT {
            return Err(Error::refused("hold arena", format!("{LIMIT} are held already")));
        }
        self.held.push(arena.clone());
        word(arena).store(self.owner | FUTEX_WAITERS, Ordering::Release);
        self.relink();
        Ok(())
    }

    /// Opens the arena's gate: parked strands go home (`rt_sigreturn`), those without a home kill their
    /// process; strands that still run stop before their next operation and do the same. With no strand
    /// left it only ends the watch. No effect on an arena that is not held.
    pub fn release(&mut self, arena: &Arena) {
        if let Some(index) = self.held.iter().position(|it| it.is(arena)) {
            let arena = self.held.remove(index);
            open(&arena);
            self.relink();
        }
    }

    /// Number of arenas held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether no arena is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Writes the list anew from its end. The order of the others never changes, so whoever walks the
    /// list between two of these stores (the kernel) meets all that are in `held`.
    fn relink(&self) {
        let mut next = address(&*self.head);
        for arena in &self.held {
            let node = arena
                .mapping()
                .long(blob_size() + offset_of!(Board, robust_next) as u64);
            node.store(next, Ordering::Release);
            next = address(node);
        }
        self.head.next.store(next, Ordering::Release);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.held.iter().for_each(open);
        // SAFETY: the head that this thread had before; its owner (glibc) keeps it as long as the thread.
        unsafe { libc::syscall(libc::SYS_set_robust_list, self.before.0, size_of::<Head>()) };
    }
}

fn word(arena: &Arena) -> &AtomicU32 {
    arena.board_word(offset_of!(Board, gate))
}

fn open(arena: &Arena) {
    arena.abort();
    let gate = word(arena);
    gate.store(0, Ordering::Release);
    wake(gate);
}

fn address<T>(of: &T) -> u64 {
    std::ptr::from_ref(of).expose_provenance() as u64
}

fn check(result: libc::c_long) -> Result<(), Error> {
    if result == 0 {
        return Ok(());
    }
    let errno = std::io::Error::last_os_error().raw_os_error();
    Err(Error {
        operation: "register robust futex list",
        call: "set_robust_list",
        errno,
        detail: String::new(),
    })
}
