// SPDX-License-Identifier: GPL-2.0-only
//! Options that have no field of their own in images: each is an int, and told where it differs from a new socket's.

use super::known::{Make, Sockets};
use crate::describe::Case;
use crate::sys::sockopt;
use rustix::net::{AddressFamily, Protocol, SocketType, socket};
use stasis_wire::facts::SocketOption;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// include/uapi/asm-generic/socket.h. The last one keeps the filter from being changed.
const GENERAL: [i32; 7] = [
    libc::SO_PEEK_OFF,
    libc::SO_BUSY_POLL,
    libc::SO_TIMESTAMPING,
    SO_MAX_PACING_RATE,
    SO_PREFER_BUSY_POLL,
    SO_RCVMARK,
    libc::SO_LOCK_FILTER,
];
const SO_MAX_PACING_RATE: i32 = 47;
const SO_PREFER_BUSY_POLL: i32 = 69;
const SO_RCVMARK: i32 = 75;

/// include/uapi/linux/in.h
const IP: [i32; 12] = [
    libc::IP_MTU_DISCOVER,
    libc::IP_MULTICAST_TTL,
    libc::IP_MULTICAST_LOOP,
    libc::IP_MULTICAST_ALL,
    libc::IP_RECVTTL,
    libc::IP_RECVTOS,
    libc::IP_RECVOPTS,
    libc::IP_RECVORIGDSTADDR,
    libc::IP_MINTTL,
    libc::IP_BIND_ADDRESS_NO_PORT,
    IP_RECVFRAGSIZE,
    IP_LOCAL_PORT_RANGE,
];
const IP_RECVFRAGSIZE: i32 = 25;
const IP_LOCAL_PORT_RANGE: i32 = 51;

/// include/uapi/linux/in6.h
const IPV6: [i32; 11] = [
    libc::IPV6_MTU_DISCOVER,
    libc::IPV6_MULTICAST_HOPS,
    libc::IPV6_MULTICAST_LOOP,
    libc::IPV6_MULTICAST_ALL,
    libc::IPV6_RECVHOPLIMIT,
    libc::IPV6_RECVTCLASS,
    libc::IPV6_RECVORIGDSTADDR,
    libc::IPV6_DONTFRAG,
    libc::IPV6_MINHOPCOUNT,
    IPV6_AUTOFLOWLABEL,
    libc::IPV6_ADDR_PREFERENCES,
];
const IPV6_AUTOFLOWLABEL: i32 = 70;

/// include/uapi/linux/tcp.h
const TCP: [i32; 10] = [
    libc::TCP_MAXSEG,
    libc::TCP_SYNCNT,
    libc::TCP_LINGER2,
    libc::TCP_WINDOW_CLAMP,
    libc::TCP_THIN_LINEAR_TIMEOUTS,
    libc::TCP_NOTSENT_LOWAT,
    libc::TCP_SAVE_SYN,
    TCP_FASTOPEN_NO_COOKIE,
    TCP_INQ,
    TCP_TX_DELAY,
];
const TCP_FASTOPEN_NO_COOKIE: i32 = 34;
const TCP_INQ: i32 = 36;
const TCP_TX_DELAY: i32 = 37;

/// include/uapi/linux/udp.h
const UDP: [i32; 4] = [101, 102, 103, 104];

/// Options that differ from those of a new socket of the same make.
pub(super) fn differing(sockets: &mut Sockets, case: &Case<'_>, make: Make) -> Vec<SocketOption> {
    let Some(fresh) = fresh(sockets, make) else {
        return Vec::new();
    };
    let differs = |(level, name)| {
        let value = sockopt::int(case.fd, level, name).ok()?;
        (sockopt::int(fresh, level, name).ok()? != value).then_some(SocketOption { level, name, value })
    };
    options(make).filter_map(differs).collect()
}

fn options((family, kind, _): Make) -> impl Iterator<Item = (i32, i32)> {
    let inet = family != libc::AF_UNIX;
    let chosen: [(i32, &'static [i32], bool); 5] = [
        (libc::SOL_SOCKET, &GENERAL, true),
        (libc::IPPROTO_IP, &IP, inet),
        (libc::IPPROTO_IPV6, &IPV6, family == libc::AF_INET6),
        (libc::IPPROTO_TCP, &TCP, inet && kind == libc::SOCK_STREAM),
        (libc::IPPROTO_UDP, &UDP, inet && kind == libc::SOCK_DGRAM),
    ];
    chosen
        .into_iter()
        .filter(|(_, _, apt)| *apt)
        .flat_map(|(level, names, _)| names.iter().map(move |name| (level, *name)))
}

/// A new socket, made once for all of its make.
fn fresh(sockets: &mut Sockets, make: Make) -> Option<BorrowedFd<'_>> {
    let known = sockets.fresh.entry(make).or_insert_with(|| new(make));
    known.as_ref().map(AsFd::as_fd)
}

fn new((family, kind, protocol): Make) -> Option<OwnedFd> {
    let family = AddressFamily::from_raw(family.try_into().ok()?);
    let protocol = protocol.try_into().ok().and_then(std::num::NonZeroU32::new);
    let kind = SocketType::from_raw(kind.try_into().ok()?);
    socket(family, kind, protocol.map(Protocol::from_raw)).ok()
}
