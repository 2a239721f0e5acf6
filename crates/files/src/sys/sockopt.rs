// SPDX-License-Identifier: GPL-2.0-only
//! `getsockopt(2)`, `getsockname(2)` and `getpeername(2)` in their raw form: options cross as numbers and
//! bytes.
//!
//! `SO_ERROR` must never be asked: reading it clears the error that the task has yet to see.
//!
//! # Safety
//! Every call passes a live descriptor, a writable buffer and its length; the kernel never writes more than
//! that length.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Reads an option into `buffer` and returns the length that the kernel gives it.
pub(crate) fn bytes(fd: BorrowedFd<'_>, level: i32, name: i32, buffer: &mut [u8]) -> io::Result<usize> {
    debug_assert!((level, name) != (libc::SOL_SOCKET, libc::SO_ERROR));
    let mut length = buffer.len() as libc::socklen_t;
    // SAFETY: `buffer` is writable for `length` bytes.
    let answer = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            level,
            name,
            buffer.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if answer == 0 {
        Ok(length as usize)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// An option whose length counts units, of which `buffer` holds `units`: socket filters.
pub(crate) fn bytes_counted(
    fd: BorrowedFd<'_>,
    level: i32,
    name: i32,
    buffer: &mut [u8],
    units: u32,
) -> io::Result<usize> {
    debug_assert!(buffer.len() >= units as usize * 8);
    let mut length: libc::socklen_t = units;
    // SAFETY: the kernel writes at most `units` units of 8 bytes (`sk_get_filter`), for which there is room.
    let answer = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            level,
            name,
            buffer.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if answer == 0 {
        Ok(length as usize)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// An option that is an int.
pub(crate) fn int(fd: BorrowedFd<'_>, level: i32, name: i32) -> io::Result<i32> {
    let mut value = [0u8; 4];
    bytes(fd, level, name, &mut value)?;
    Ok(i32::from_ne_bytes(value))
}

/// An option that is a `struct` of `N` native words.
pub(crate) fn words<const N: usize>(fd: BorrowedFd<'_>, level: i32, name: i32) -> io::Result<[i64; N]> {
    let mut raw = vec![0u8; N * 8];
    bytes(fd, level, name, &mut raw)?;
    let mut values = [0i64; N];
    for (value, word) in values.iter_mut().zip(raw.chunks_exact(8)) {
        *value = i64::from_ne_bytes(word.try_into().unwrap_or_default());
    }
    Ok(values)
}

/// The address the socket is bound to, as the kernel writes it (`struct sockaddr` with its family).
pub(crate) fn local_address(fd: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    address(|name, length| {
        // SAFETY: `name` is writable for `*length` bytes, as `address` sets it up.
        unsafe { libc::getsockname(fd.as_raw_fd(), name, length) }
    })
}

/// The address the socket is connected to.
pub(crate) fn peer_address(fd: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    address(|name, length| {
        // SAFETY: as above.
        unsafe { libc::getpeername(fd.as_raw_fd(), name, length) }
    })
}

fn address(ask: impl Fn(*mut libc::sockaddr, *mut libc::socklen_t) -> i32) -> io::Result<Vec<u8>> {
    let mut name = vec![0u8; size_of::<libc::sockaddr_storage>()];
    let mut length = name.len() as libc::socklen_t;
    if ask(name.as_mut_ptr().cast(), &raw mut length) != 0 {
        return Err(io::Error::last_os_error());
    }
    name.truncate(length as usize);
    Ok(name)
}
