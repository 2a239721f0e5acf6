// SPDX-License-Identifier: GPL-2.0-only
use super::epoll::{self, EpollTarget};
use super::eventfd::{self, Eventfd};
use super::fsnotify::{self, Fanotify, InotifyWatch};
use super::pidfd::{self, Pidfd};
use super::timerfd::{self, Timerfd};
use crate::error::Result;
use crate::scan::Line;

/// What the lines after the common ones say.
///
/// An epoll or inotify without entries, and most kinds, print nothing: what a descriptor is, its link tells
/// ([`crate::link`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FdKind<'a> {
    /// Nothing more.
    #[default]
    Plain,
    /// `eventfd-count:` (3.8).
    Eventfd(Eventfd),
    /// `tfd:` lines (3.8).
    Epoll(Vec<EpollTarget>),
    /// `clockid:` and more (3.17).
    Timerfd(Timerfd),
    /// `sigmask:` (3.8): the signals it accepts, bit N-1 for signal N.
    Signalfd(u64),
    /// `inotify` lines (3.8).
    Inotify(Vec<InotifyWatch<'a>>),
    /// `fanotify` lines (3.8).
    Fanotify(Fanotify<'a>),
    /// `Pid:` and `NSpid:` (5.2).
    Pidfd(Pidfd),
    /// `tty-index:` of the master of a pseudo-terminal (4.18): N of its `/dev/pts/N`.
    PtyMaster(u32),
    /// `scm_fds:` of a unix socket (5.6): descriptors in flight in its receive queue.
    UnixSocket(u32),
    /// `iff:` of `/dev/net/tun`: the interface, or nothing.
    Tun(&'a [u8]),
    /// `pending:`, `total:`, `API:` (4.3).
    Userfaultfd,
    /// `SqMask:` and more.
    IoUring,
    /// `map_type:`, `prog_type:` or `link_type:` of a BPF object.
    Bpf,
}

/// Reads one line into what is known so far; whether the line was one of any kind's.
pub(super) fn read<'a>(kind: &mut FdKind<'a>, mut line: Line<'a>) -> Result<bool> {
    // These go on until the end of the text with lines of no use here.
    if matches!(kind, FdKind::IoUring | FdKind::Bpf | FdKind::Userfaultfd) {
        return Ok(true);
    }
    if let Some(known) = continued(kind, line)? {
        return Ok(known);
    }
    *kind = if line.skip(b"sigmask:") {
        FdKind::Signalfd(line.hex("a signal set in hexadecimal")?)
    } else if line.skip(b"tty-index:") {
        FdKind::PtyMaster(line.dec("the number of a terminal")?)
    } else if line.skip(b"scm_fds:") {
        FdKind::UnixSocket(line.dec("the number of descriptors in flight")?)
    } else if line.skip(b"iff:") {
        line.blanks();
        FdKind::Tun(line.rest())
    } else if line.skip(b"pending:") {
        FdKind::Userfaultfd
    } else if line.skip(b"SqMask:") {
        FdKind::IoUring
    } else if line.skip(b"map_type:") || line.skip(b"prog_type:") || line.skip(b"link_type:") {
        FdKind::Bpf
    } else {
        return Ok(false);
    };
    Ok(true)
}

/// The kinds of several lines, begun or to begin; `None` when the line is of none of them.
fn continued<'a>(kind: &mut FdKind<'a>, line: Line<'a>) -> Result<Option<bool>> {
    if matches!(kind, FdKind::Plain) {
        let begun = match line.rest() {
            [b'e', b'v', b'e', b'n', b't', ..] => FdKind::Eventfd(Eventfd::default()),
            [b't', b'f', b'd', b':', ..] => FdKind::Epoll(Vec::new()),
            [b'c', b'l', b'o', b'c', b'k', ..] => FdKind::Timerfd(Timerfd::default()),
            [b'P', b'i', b'd', b':', ..] => FdKind::Pidfd(Pidfd::default()),
            rest if rest.starts_with(b"inotify ") => FdKind::Inotify(Vec::new()),
            rest if rest.starts_with(b"fanotify ") => FdKind::Fanotify(Fanotify::default()),
            _ => return Ok(None),
        };
        *kind = begun;
    }
    Ok(Some(match kind {
        FdKind::Eventfd(eventfd) => eventfd::read(eventfd, line)?,
        FdKind::Epoll(targets) => epoll::read(targets, line)?,
        FdKind::Timerfd(timerfd) => timerfd::read(timerfd, line)?,
        FdKind::Pidfd(pidfd) => pidfd::read(pidfd, line)?,
        FdKind::Inotify(watches) => fsnotify::read_inotify(watches, line)?,
        FdKind::Fanotify(fanotify) => fsnotify::read_fanotify(fanotify, line)?,
        _ => return Ok(None),
    }))
}
