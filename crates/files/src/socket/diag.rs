// SPDX-License-Identifier: GPL-2.0-only
//! `sock_diag(7)`: one dump of all sockets of a kind, for a lookup of a single one walks them all as well
//! (`net/unix/diag.c`, `net/ipv4/udp_diag.c`). Of TCP nothing is asked here: `TCP_INFO` of each socket tells
//! the same without a walk over all connections of the host.

use netlink_packet_core::{
    Emitable, NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload, Nla as _,
};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::inet::nlas::Nla as InetNla;
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags as InetStates};
use netlink_packet_sock_diag::unix::nlas::{Nla, Vfs};
use netlink_packet_sock_diag::unix::{ShowFlags, StateFlags, UnixRequest, UnixResponse};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_SOCK_DIAG};
use std::collections::{HashMap, HashSet};
use std::io;

/// What the kernel tells about a unix socket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unix {
    /// `TCP_ESTABLISHED`, `TCP_CLOSE` or `TCP_LISTEN`: 1, 7, 10.
    pub(crate) state: u8,
    /// Inode of the peer; `Some(0)` for a peer that no descriptor leads to any more.
    pub(crate) peer: Option<u32>,
    /// Bit 0: receiving, bit 1: sending.
    pub(crate) shutdown: u8,
    /// Listening: connections that wait, and how many may.
    pub(crate) queue: (u32, u32),
    /// Inode and device (as the kernel has it) of the file it is bound to, the low 32 bits of each.
    pub(crate) file: Option<(u32, u32)>,
}

/// All unix sockets of our network namespace by inode.
pub(crate) fn unix() -> io::Result<HashMap<u32, Unix>> {
    let request = UnixRequest {
        state_flags: StateFlags::from_bits_retain(u32::MAX),
        inode: 0,
        show_flags: ShowFlags::PEER | ShowFlags::RQLEN | ShowFlags::VFS,
        cookie: [0xff; 8],
    };
    let mut found = HashMap::new();
    dump(SockDiagMessage::UnixRequest(request), |message| {
        if let SockDiagMessage::UnixResponse(socket) = message {
            found.insert(socket.header.inode, read_unix(&socket));
        }
    })?;
    Ok(found)
}

fn read_unix(socket: &UnixResponse) -> Unix {
    let mut unix = Unix {
        state: socket.header.state,
        ..Unix::default()
    };
    for attribute in &socket.nlas {
        match attribute {
            Nla::Peer(ino) => unix.peer = Some(*ino),
            Nla::Shutdown(bits) => unix.shutdown = *bits,
            Nla::Vfs(file) => unix.file = Some(file_of(file)),
            Nla::ReceiveQueueLength(waiting, most) => unix.queue = (*waiting, *most),
            _ => {}
        }
    }
    unix
}

/// `struct unix_diag_vfs`, whose fields the crate keeps to itself.
fn file_of(file: &Vfs) -> (u32, u32) {
    let mut bytes = [0; 8];
    file.emit(&mut bytes);
    let [a, b, c, d, device @ ..] = bytes;
    (u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes(device))
}

/// Shutdown bits of all UDP sockets of our network namespace that have a port, by inode.
pub(crate) fn udp_shutdown() -> io::Result<HashMap<u32, u8>> {
    let mut found = HashMap::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        let v6 = family == libc::AF_INET6;
        let request = InetRequest {
            family: family as u8,
            protocol: libc::IPPROTO_UDP as u8,
            extensions: ExtensionFlags::SHUTDOWN,
            states: InetStates::from_bits_retain(u32::MAX),
            socket_id: if v6 {
                SocketId::new_v6()
            } else {
                SocketId::new_v4()
            },
        };
        dump(SockDiagMessage::InetRequest(request), |message| {
            if let SockDiagMessage::InetResponse(socket) = message {
                let bits = socket.nlas.iter().find_map(|a| {
                    if let InetNla::Shutdown(bits) = a {
                        Some(*bits)
                    } else {
                        None
                    }
                });
                found.insert(socket.header.inode, bits.unwrap_or(0));
            }
        })?;
    }
    Ok(found)
}

/// Inodes of the TCP listeners of our network namespace that ask their peers for signed segments (RFC 2385). The kernel
/// tells it to CAP_NET_ADMIN only (`tcp_diag_get_aux`); to walk the listeners alone is quick.
pub(crate) fn signing_listeners() -> io::Result<HashSet<u32>> {
    /// `INET_DIAG_MD5SIG` of `include/uapi/linux/inet_diag.h`.
    const MD5SIG: u16 = 18;
    let mut found = HashSet::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        let request = InetRequest {
            family: family as u8,
            protocol: libc::IPPROTO_TCP as u8,
            // Nothing else is told without (`inet_sk_diag_fill`).
            extensions: ExtensionFlags::INFO,
            states: InetStates::LISTEN,
            socket_id: match family {
                libc::AF_INET6 => SocketId::new_v6(),
                _ => SocketId::new_v4(),
            },
        };
        dump(SockDiagMessage::InetRequest(request), |message| {
            if let SockDiagMessage::InetResponse(socket) = message
                && socket.nlas.iter().any(|a| a.kind() == MD5SIG)
            {
                found.insert(socket.header.inode);
            }
        })?;
    }
    Ok(found)
}

/// A message that does not parse is passed over: it is one of many sockets, most of them not ours; ours would
/// then be missed by name.
fn dump(request: SockDiagMessage, mut each: impl FnMut(SockDiagMessage)) -> io::Result<()> {
    let socket = Socket::new(NETLINK_SOCK_DIAG)?;
    socket.connect(&SocketAddr::new(0, 0))?;
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let mut packet = NetlinkMessage::new(header, request.into());
    packet.finalize();
    let mut bytes = vec![0; packet.buffer_len()];
    packet.serialize(&mut bytes);
    socket.send(&bytes, 0)?;
    // The kernel fills messages of up to 32 KiB when the reader has room for them (`netlink_dump`).
    let mut buffer: Vec<u8> = Vec::with_capacity(64 << 10);
    loop {
        buffer.clear();
        let length = socket.recv(&mut buffer, 0)?;
        let mut rest = &buffer[..length];
        while rest.len() >= 16 {
            let size = u32::from_ne_bytes(rest[..4].try_into().unwrap_or_default()) as usize;
            if size < 16 || size > rest.len() {
                return Err(io::Error::from_raw_os_error(libc::EBADMSG));
            }
            match NetlinkMessage::<SockDiagMessage>::deserialize(&rest[..size]).map(|m| m.payload) {
                Ok(NetlinkPayload::Done(_)) => return Ok(()),
                Ok(NetlinkPayload::Error(error)) => return Err(error.to_io()),
                Ok(NetlinkPayload::InnerMessage(message)) => each(message),
                _ => {}
            }
            rest = rest.get(size.next_multiple_of(4)..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::{UnixDatagram, UnixStream};

    fn ino(fd: &impl AsRawFd) -> u32 {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap();
        let text = link.to_str().unwrap();
        text["socket:[".len()..text.len() - 1].parse().unwrap()
    }

    #[test]
    fn a_pair_knows_each_other() {
        let (a, b) = UnixStream::pair().unwrap();
        let lonely = UnixDatagram::unbound().unwrap();
        a.shutdown(std::net::Shutdown::Write).unwrap();
        let all = unix().unwrap();
        let (of_a, of_b) = (all[&ino(&a)], all[&ino(&b)]);
        assert_eq!((of_a.peer, of_b.peer), (Some(ino(&b)), Some(ino(&a))));
        assert_eq!((of_a.state, of_a.shutdown, of_b.shutdown), (1, 2, 1));
        let lonely = all[&ino(&lonely)];
        assert_eq!((lonely.state, lonely.peer), (7, None));
    }
}
