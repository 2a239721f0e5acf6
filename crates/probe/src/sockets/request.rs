// SPDX-License-Identifier: GPL-2.0-only
//! The requests of `include/uapi/linux/{sock,unix,inet,packet,netlink}_diag.h`, as bytes: no library knows
//! them all.

use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};
use std::io;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST_DUMP: u16 = 0x301;

/// `struct nlmsghdr`.
const HEADER: usize = 16;

/// A dump of a family's sockets. Where the kernel filters by state, none is asked for: the answer is short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query {
    family: i32,
    protocol: i32,
    /// Bytes of the family's request structure.
    size: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Known,
    Unknown,
}

impl Query {
    /// `struct unix_diag_req`.
    pub(super) const fn unix() -> Self {
        Self {
            family: libc::AF_UNIX,
            protocol: 0,
            size: 24,
        }
    }

    /// `struct inet_diag_req_v2`.
    pub(super) const fn inet(family: i32, protocol: i32) -> Self {
        Self {
            family,
            protocol,
            size: 56,
        }
    }

    /// `struct packet_diag_req`.
    pub(super) const fn packet() -> Self {
        Self {
            family: libc::AF_PACKET,
            protocol: 0,
            size: 20,
        }
    }

    /// `struct netlink_diag_req`, of the sockets of `NETLINK_ROUTE` only.
    pub(super) const fn netlink() -> Self {
        Self {
            family: libc::AF_NETLINK,
            protocol: libc::NETLINK_ROUTE,
            size: 20,
        }
    }

    pub(super) fn ask(self) -> io::Result<Answer> {
        let socket = Socket::new(NETLINK_SOCK_DIAG)?;
        socket.send_to(&self.message(), &SocketAddr::new(0, 0), 0)?;
        let (reply, _) = socket.recv_from_full()?;
        read(&reply)
    }

    /// Header, then family and protocol, then zeros: no state, no attribute.
    fn message(self) -> Vec<u8> {
        let mut message = Vec::with_capacity(HEADER + self.size);
        message.extend(((HEADER + self.size) as u32).to_ne_bytes());
        message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        message.extend(NLM_F_REQUEST_DUMP.to_ne_bytes());
        message.extend([0; 8]);
        message.extend([self.family as u8, self.protocol as u8]);
        message.resize(HEADER + self.size, 0);
        message
    }
}

/// The kind of the first message says all; an error stands in `NLMSG_ERROR`, or behind the header of
/// `NLMSG_DONE`.
fn read(reply: &[u8]) -> io::Result<Answer> {
    let short = || io::Error::new(io::ErrorKind::UnexpectedEof, "the reply is cut short");
    let header = reply.first_chunk::<HEADER>().ok_or_else(short)?;
    let kind = u16::from_ne_bytes([header[4], header[5]]);
    if kind == SOCK_DIAG_BY_FAMILY {
        return Ok(Answer::Known);
    }
    if !matches!(kind, NLMSG_ERROR | NLMSG_DONE) {
        return Err(io::Error::other(format!("a message of kind {kind}")));
    }
    let code = reply[HEADER..].first_chunk::<4>().ok_or_else(short)?;
    match -i32::from_ne_bytes(*code) {
        0 => Ok(Answer::Known),
        libc::ENOENT | libc::EPROTONOSUPPORT | libc::EINVAL => Ok(Answer::Unknown),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(kind: u16, code: Option<i32>) -> Vec<u8> {
        let mut reply = vec![0; HEADER];
        reply[4..6].copy_from_slice(&kind.to_ne_bytes());
        reply.extend(code.into_iter().flat_map(i32::to_ne_bytes));
        reply
    }

    #[test]
    fn replies_of_the_kernel() {
        assert_eq!(read(&reply(NLMSG_DONE, Some(0))).unwrap(), Answer::Known);
        assert_eq!(read(&reply(SOCK_DIAG_BY_FAMILY, None)).unwrap(), Answer::Known);
        assert_eq!(
            read(&reply(NLMSG_ERROR, Some(-libc::ENOENT))).unwrap(),
            Answer::Unknown
        );
        assert_eq!(
            read(&reply(NLMSG_DONE, Some(-libc::ENOENT))).unwrap(),
            Answer::Unknown
        );
        assert!(read(&reply(NLMSG_ERROR, Some(-libc::EPERM))).is_err());
        assert!(read(&reply(NLMSG_ERROR, None)).is_err());
        assert!(read(&reply(77, None)).is_err());
        assert!(read(&[0; 3]).is_err());
    }

    /// A family that no kernel has a handler for.
    #[test]
    fn an_unknown_family_is_unknown() {
        let query = Query {
            family: 44,
            protocol: 0,
            size: 24,
        };
        assert_eq!(query.ask().unwrap(), Answer::Unknown);
    }
}
