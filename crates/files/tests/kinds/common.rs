// SPDX-License-Identifier: GPL-2.0-only
//! Processes that hold descriptors and do nothing else.
//!
//! # Safety
//! Between fork(2) and pause(2) a child makes system calls only, so it does not matter that its parent has
//! several threads.
#![allow(unsafe_code, dead_code)]

use stasis_files::{FileFacts, Objects, Options, Subject, survey};
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{
    Description, Epoll, Eventfd, InetSocket, Memfd, Pidfd, Pipe, Refusal, Signalfd, Symlink, Timerfd, Tty,
    UnixSocket,
};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One test at a time: a child forked by another would for a moment hold the descriptors of this one.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process that is killed when dropped.
pub(crate) struct Holder {
    pub(crate) pid: i32,
}

impl Holder {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            pid: self.pid,
            comm: "holder",
            tids: std::slice::from_ref(&self.pid),
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // SAFETY: our own child, not reaped yet.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
        // SAFETY: as above; no status is written.
        unsafe { libc::waitpid(self.pid, std::ptr::null_mut(), libc::__WALL) };
    }
}

/// A child that holds exactly these descriptors, under the numbers they have here.
pub(crate) fn hold(fds: &[i32]) -> Holder {
    hold_with(libc::SIGCHLD, fds)
}

/// The same with the flags of clone(2). With `CLONE_FILES` the table is ours, so nothing is closed.
pub(crate) fn hold_with(flags: i32, fds: &[i32]) -> Holder {
    let mut keep = fds.to_vec();
    keep.sort_unstable();
    // SAFETY: without a stack it is a fork.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) } as i32;
    assert!(pid >= 0, "clone: {}", std::io::Error::last_os_error());
    if pid == 0 {
        if flags & libc::CLONE_FILES == 0 {
            let mut first = 0;
            for &fd in keep.iter().chain([&i32::MAX]) {
                if fd > first {
                    // SAFETY: numbers only; the child uses none of what it closes.
                    unsafe { libc::syscall(libc::SYS_close_range, first, fd - 1, 0) };
                }
                first = fd.saturating_add(1);
            }
        }
        loop {
            // SAFETY: waits for the signal that ends it; pause(2) is not everywhere.
            unsafe { libc::ppoll(std::ptr::null_mut(), 0, std::ptr::null(), std::ptr::null()) };
        }
    }
    let holder = Holder { pid };
    // It has closed the others when it sleeps there.
    let wanted = format!("{} ", libc::SYS_ppoll);
    while !std::fs::read_to_string(format!("/proc/{pid}/syscall"))
        .unwrap_or_default()
        .starts_with(&wanted)
    {
        std::thread::sleep(std::time::Duration::from_micros(200));
    }
    holder
}

/// Messages are read too: nobody looks at them twice here.
pub(crate) const EVERYTHING: Options = Options {
    contents: true,
    messages: true,
};

/// The survey of some children, with contents.
pub(crate) fn look(holders: &[&Holder]) -> FileFacts {
    let subjects: Vec<Subject<'_>> = holders.iter().map(|h| h.subject()).collect();
    survey(&subjects, &mut Objects::new(), &EVERYTHING).unwrap()
}

pub(crate) trait Found {
    fn at(&self, holder: &Holder, fd: &impl AsRawFd) -> &Description;
    fn kinds_refused(&self) -> Vec<&str>;
    fn refusal(&self) -> &Refusal;
}

impl Found for FileFacts {
    /// The description behind a descriptor.
    fn at(&self, holder: &Holder, fd: &impl AsRawFd) -> &Description {
        let task = self.tasks.iter().find(|t| t.pid == holder.pid).unwrap();
        let fd = task.fds.iter().find(|f| f.fd == fd.as_raw_fd()).unwrap();
        let found = &self.descriptions[fd.description as usize - 1];
        assert_eq!(found.id, fd.description);
        found
    }

    fn kinds_refused(&self) -> Vec<&str> {
        self.refusals.iter().map(|r| r.kind.as_str()).collect()
    }

    /// The only one.
    fn refusal(&self) -> &Refusal {
        assert_eq!(self.refusals.len(), 1, "{:?}", self.refusals);
        &self.refusals[0]
    }
}

/// The name of its kind; empty for what is refused.
pub(crate) fn kind(found: &Description) -> String {
    let text = found.kind.as_ref().map(|kind| format!("{kind:?}"));
    text.unwrap_or_default()
        .split('(')
        .next()
        .unwrap_or_default()
        .to_owned()
}

macro_rules! of_kind {
    ($($name:ident: $type:ident = $($variant:ident)|+;)*) => {
        /// What a description of some kind has; `None` of another's.
        pub(crate) trait OfKind {
            $(fn $name(&self) -> Option<&$type>;)*
        }
        impl OfKind for Description {
            $(fn $name(&self) -> Option<&$type> {
                match &self.kind {
                    $(Some(Kind::$variant(found)))|+ => Some(found),
                    _ => None,
                }
            })*
        }
    };
}

of_kind! {
    eventfd: Eventfd = Eventfd;
    epoll: Epoll = Epoll;
    timerfd: Timerfd = Timerfd;
    signalfd: Signalfd = Signalfd;
    memfd: Memfd = Memfd;
    pidfd: Pidfd = Pidfd;
    symlink: Symlink = Symlink;
    pipe: Pipe = Pipe | Fifo;
    tty: Tty = Tty;
    unix: UnixSocket = Unix;
    inet: InetSocket = Inet;
}

/// A fresh folder, removed in the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stasis-files-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        self.path(name).into_os_string().into_encoded_bytes()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A descriptor from a system call of the libc crate.
pub(crate) fn made(fd: i64) -> OwnedFd {
    assert!(fd >= 0, "{}", std::io::Error::last_os_error());
    // SAFETY: a call has just returned it.
    unsafe { OwnedFd::from_raw_fd(fd as i32) }
}

/// A call that may fail for want of rights or of the feature: then the reason is printed.
pub(crate) fn try_make(what: &str, fd: i64) -> Option<OwnedFd> {
    if fd < 0 {
        eprintln!("skipped {what}: {}", std::io::Error::last_os_error());
        return None;
    }
    Some(made(fd))
}

pub(crate) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: needs root");
    }
    root
}
