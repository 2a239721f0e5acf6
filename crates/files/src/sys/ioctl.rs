// SPDX-License-Identifier: GPL-2.0-only
//! The `ioctl(2)` queries that are needed of pipes, terminals and sockets. None of them changes anything.
//!
//! # Safety
//! Each request has a wrapper of its own whose buffer has the size the kernel fills for that request.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A request that writes one `int` at its argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IntQuery(libc::Ioctl);

/// Unread bytes: of a pipe, a terminal, or (as `SIOCINQ`) a socket.
pub(crate) const UNREAD: IntQuery = IntQuery(libc::FIONREAD);
/// Index of the pair, asked of its master.
pub(crate) const PTY_NUMBER: IntQuery = IntQuery(libc::TIOCGPTN);
/// Whether the slave is locked (3.8), asked of the master.
pub(crate) const PTY_LOCKED: IntQuery = IntQuery(libc::TIOCGPTLCK);
/// Whether the master is in packet mode (3.8).
pub(crate) const PTY_PACKET: IntQuery = IntQuery(libc::TIOCGPKT);
/// `TIOCEXCL` (3.8).
pub(crate) const TTY_EXCLUSIVE: IntQuery = IntQuery(libc::TIOCGEXCL);
/// Line discipline of a terminal (`N_TTY`, …).
pub(crate) const TTY_DISCIPLINE: IntQuery = IntQuery(0x5424);
/// Bytes that a socket has not sent yet, with what the kernel needs for them (`SIOCOUTQ`).
pub(crate) const UNSENT: IntQuery = IntQuery(libc::TIOCOUTQ);
/// The real device behind `/dev/tty`, in the kernel's user encoding.
pub(crate) const TTY_DEVICE: IntQuery = IntQuery(libc::TIOCGDEV);
/// Session of the terminal, in our PID namespace.
pub(crate) const TTY_SESSION: IntQuery = IntQuery(libc::TIOCGSID);
/// Foreground process group of the terminal.
pub(crate) const TTY_FOREGROUND: IntQuery = IntQuery(libc::TIOCGPGRP);

/// Bytes of `struct termios2` of `include/uapi/asm-generic/termbits.h`.
pub(crate) const TERMIOS2: usize = 44;

/// Asks for one number.
pub(crate) fn int(fd: BorrowedFd<'_>, query: IntQuery) -> io::Result<i32> {
    let mut value = 0i32;
    // SAFETY: an `IntQuery` writes one int.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), query.0, &raw mut value) })?;
    Ok(value)
}

/// `TCGETS2`: of either end, the settings of the slave.
pub(crate) fn termios2(fd: BorrowedFd<'_>) -> io::Result<[u8; TERMIOS2]> {
    let mut termios = [0u8; TERMIOS2];
    // SAFETY: TCGETS2 writes one `struct termios2`.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TCGETS2, termios.as_mut_ptr()) })?;
    Ok(termios)
}

/// `TIOCGWINSZ`: rows, columns, width and height, two bytes each.
pub(crate) fn window_size(fd: BorrowedFd<'_>) -> io::Result<[u8; 8]> {
    let mut size = [0u8; 8];
    // SAFETY: TIOCGWINSZ writes one `struct winsize` of four shorts.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, size.as_mut_ptr()) })?;
    Ok(size)
}

/// `EPIOCGPARAMS` (6.9): `struct epoll_params` of `include/uapi/linux/eventpoll.h`.
pub(crate) fn epoll_params(epoll: BorrowedFd<'_>) -> io::Result<[u8; 8]> {
    const EPIOCGPARAMS: libc::Ioctl = 0x8008_8a02_u32 as libc::Ioctl;
    let mut params = [0u8; 8];
    // SAFETY: EPIOCGPARAMS writes one `struct epoll_params` of eight bytes.
    check(unsafe { libc::ioctl(epoll.as_raw_fd(), EPIOCGPARAMS, params.as_mut_ptr()) })?;
    Ok(params)
}

/// `SIOCUNIXFILE` (4.12, needs `CAP_NET_ADMIN`): an `O_PATH` descriptor of the file that a unix socket is
/// bound to.
pub(crate) fn unix_file(socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    const SIOCUNIXFILE: libc::Ioctl = 0x89e0;
    // SAFETY: takes no argument and returns a new descriptor.
    let fd = unsafe { libc::ioctl(socket.as_raw_fd(), SIOCUNIXFILE) };
    check(fd)?;
    // SAFETY: the call above has just made it, for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn check(answer: i32) -> io::Result<()> {
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
