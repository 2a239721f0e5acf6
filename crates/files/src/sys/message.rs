// SPDX-License-Identifier: GPL-2.0-only
//! Looking at queued messages with `recvmsg(MSG_PEEK)`, descriptors in flight included.
//!
//! # Safety
//! A [`Buffer`] owns everything its message header points to, and the header is pointed anew before each
//! call, so it never outlives or outgrows what it describes. Descriptors found in control messages were
//! installed by that very call for us alone.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Room for control messages: `SCM_MAX_FD` (253) descriptors, credentials, a security label and what inet
/// sockets add.
const CONTROL_WORDS: usize = 512;

/// Messages up to this length are copied out of the buffer.
const KEPT: usize = 1 << 20;

/// `MSG_PEEK` leaves the queue as it is; the rest keeps us from waiting and from leaking descriptors into
/// children.
pub(crate) const FLAGS: i32 = libc::MSG_PEEK | libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;

/// `SCM_PIDFD` of `include/linux/socket.h` (6.5): a descriptor too, made for the reader.
const SCM_PIDFD: i32 = 4;

/// One message as it lies in the queue.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) data: Vec<u8>,
    /// The sender's `struct sockaddr`, empty without.
    pub(crate) address: Vec<u8>,
    /// In flight with it, duplicated into our table.
    pub(crate) fds: Vec<OwnedFd>,
    /// `SCM_CREDENTIALS`: pid, uid, gid.
    pub(crate) creds: Option<(i32, u32, u32)>,
    /// It was longer than the buffer.
    pub(crate) cut: bool,
    /// Our table had no room for all descriptors.
    pub(crate) control_cut: bool,
}

impl Received {
    /// Takes the first `bytes` bytes off, which were sent before it.
    pub(crate) fn split_off_front(&mut self, bytes: usize) -> Self {
        let rest = self.data.split_off(bytes);
        Self {
            data: std::mem::replace(&mut self.data, rest),
            creds: self.creds,
            ..Self::default()
        }
    }
}

/// Memory for one message at a time, to be used again and again.
pub(crate) struct Buffer {
    data: Vec<u8>,
    control: Vec<u64>,
    name: [u64; 16],
    /// Of how many bytes the next look finds memory, if of fewer than there is.
    end: Option<usize>,
    iovecs: [libc::iovec; 2],
    header: libc::msghdr,
}

impl Buffer {
    pub(crate) fn new(bytes: usize) -> Self {
        // SAFETY: both are plain C structs for which all zero is a value.
        let (iovecs, header) = unsafe { std::mem::zeroed() };
        Self {
            data: vec![0; bytes],
            control: vec![0; CONTROL_WORDS],
            name: [0; 16],
            end: None,
            iovecs,
            header,
        }
    }

    /// Makes room for messages of at least so many bytes.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        if bytes > self.data.len() {
            self.data = vec![0; bytes];
        }
        self.end = None;
    }

    /// Has the next look find no memory behind `bytes` bytes. Of a stream it then answers what is whole before that: a message whose
    /// bytes cannot all be put down counts as not there, with its descriptors (`EFAULT` if it is the first).
    pub(crate) fn end_at(&mut self, bytes: usize) {
        self.reserve(bytes);
        self.end = Some(bytes);
    }

    /// Points the header at the memory it describes; valid until the next change of `self`.
    pub(super) fn arm(&mut self) -> *mut libc::msghdr {
        self.iovecs = [
            libc::iovec {
                iov_base: self.data.as_mut_ptr().cast(),
                iov_len: self.end.unwrap_or(self.data.len()),
            },
            libc::iovec {
                iov_base: std::ptr::null_mut(),
                iov_len: 1,
            },
        ];
        self.header.msg_name = self.name.as_mut_ptr().cast();
        self.header.msg_namelen = size_of_val(&self.name) as u32;
        self.header.msg_iov = self.iovecs.as_mut_ptr();
        self.header.msg_iovlen = if self.end.is_some() { 2 } else { 1 };
        self.header.msg_control = self.control.as_mut_ptr().cast();
        // glibc's type of it is as wide as the kernel's, musl's is not.
        self.header.msg_controllen = (CONTROL_WORDS * 8) as _;
        self.header.msg_flags = 0;
        &raw mut self.header
    }

    /// What a call that answered `length` has left here.
    pub(super) fn take(&mut self, length: usize) -> Received {
        // Long ones are not there twice: the next look makes room anew.
        let data = if length > KEPT {
            let mut data = std::mem::take(&mut self.data);
            data.truncate(length);
            data.shrink_to_fit();
            data
        } else {
            self.data[..length].to_vec()
        };
        let mut received = Received {
            data,
            ..Received::default()
        };
        let named = (self.header.msg_namelen as usize).min(size_of_val(&self.name));
        received.address = self
            .name
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .take(named)
            .collect();
        received.cut = self.header.msg_flags & libc::MSG_TRUNC != 0;
        received.control_cut = self.header.msg_flags & libc::MSG_CTRUNC != 0;
        let used = in_bytes(self.header.msg_controllen).min(CONTROL_WORDS * 8);
        let control: Vec<u8> = self
            .control
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .take(used)
            .collect();
        read_control(&control, &mut received);
        received
    }
}

/// A length, whatever the C library's type of it is.
fn in_bytes(length: impl TryInto<usize>) -> usize {
    length.try_into().unwrap_or(usize::MAX)
}

/// The first message of the queue, without a peek offset.
///
/// # Errors
/// `EAGAIN` for an empty queue. The caller has seen to it that the socket has no error pending: receiving
/// clears it.
pub(crate) fn peek(socket: BorrowedFd<'_>, buffer: &mut Buffer) -> io::Result<Received> {
    let header = buffer.arm();
    // SAFETY: `header` describes live memory of `buffer`, which is borrowed for us.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), header, FLAGS) };
    if length < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(buffer.take(length as usize))
    }
}

/// Walks the `struct cmsghdr`s: length with header (native word), level, type, data, padded to a word.
fn read_control(mut control: &[u8], received: &mut Received) {
    const HEADER: usize = 16;
    while control.len() >= HEADER {
        let length = usize::from_ne_bytes(control[..8].try_into().unwrap_or_default());
        if length < HEADER || length > control.len() {
            return;
        }
        let level = number(&control[8..12]);
        let kind = number(&control[12..16]);
        let data = &control[HEADER..length];
        match (level, kind) {
            (libc::SOL_SOCKET, libc::SCM_RIGHTS) => {
                received
                    .fds
                    .extend(data.chunks_exact(4).map(|fd| own(number(fd))));
            }
            (libc::SOL_SOCKET, SCM_PIDFD) if data.len() == 4 && number(data) >= 0 => drop(own(number(data))),
            (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) if data.len() == 12 => {
                let (uid, gid) = (number(&data[4..8]) as u32, number(&data[8..12]) as u32);
                received.creds = Some((number(&data[..4]), uid, gid));
            }
            _ => {}
        }
        control = control.get(length.next_multiple_of(8)..).unwrap_or_default();
    }
}

fn own(fd: i32) -> OwnedFd {
    // SAFETY: the kernel has just installed it in our table for the message that names it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

fn number(bytes: &[u8]) -> i32 {
    i32::from_ne_bytes(bytes.try_into().unwrap_or_default())
}
