// SPDX-License-Identifier: GPL-2.0-only
//! Options that have no field of their own in images: each is an int or eight bytes, and told where it differs from a new
//! socket's. What getsockopt(2) does not tell is not here: `IPV6_MTU`, `SO_BUSY_POLL_BUDGET`, a sticky `IPV6_PKTINFO`.

use super::known::{Make, Sockets};
use crate::describe::Case;
use crate::sys::sockopt;
use rustix::net::{AddressFamily, Protocol, SocketType, socket};
use stasis_wire::facts::SocketOption;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// include/uapi/asm-generic/socket.h, in the order in which they are set: the last one for time stamps decides whether all
/// of them have 64 bits (`SOCK_TSTAMP_NEW`), and the last of all keeps the filter from being changed.
const GENERAL: [i32; 17] = [
    libc::SO_DEBUG,
    libc::SO_PEEK_OFF,
    libc::SO_BUSY_POLL,
    libc::SO_TIMESTAMPING,
    SO_TIMESTAMP_NEW,
    SO_TIMESTAMPNS_NEW,
    SO_TIMESTAMPING_NEW,
    SO_WIFI_STATUS,
    SO_NOFCS,
    SO_SELECT_ERR_QUEUE,
    SO_PREFER_BUSY_POLL,
    SO_TXREHASH,
    SO_RCVMARK,
    SO_RCVPRIORITY,
    SO_PASSRIGHTS,
    SO_INQ,
    libc::SO_LOCK_FILTER,
];
const SO_WIFI_STATUS: i32 = 41;
const SO_NOFCS: i32 = 43;
const SO_SELECT_ERR_QUEUE: i32 = 45;
const SO_TIMESTAMP_NEW: i32 = 63;
const SO_TIMESTAMPNS_NEW: i32 = 64;
const SO_TIMESTAMPING_NEW: i32 = 65;
const SO_PREFER_BUSY_POLL: i32 = 69;
const SO_TXREHASH: i32 = 74;
const SO_RCVMARK: i32 = 75;
const SO_RCVPRIORITY: i32 = 82;
const SO_PASSRIGHTS: i32 = 83;
const SO_INQ: i32 = 84;

/// Of other sockets than listening ones the kernel overwrites it with each packet.
const OF_STREAMS: [i32; 1] = [libc::SO_INCOMING_CPU];

/// Those that are no int but eight bytes: a rate of 64 bits, and `struct sock_txtime`.
const LONG: [i32; 2] = [SO_MAX_PACING_RATE, SO_TXTIME];
const SO_MAX_PACING_RATE: i32 = 47;
const SO_TXTIME: i32 = 61;

/// include/uapi/linux/in.h
const IP: [i32; 18] = [
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
    libc::IP_RETOPTS,
    libc::IP_PASSSEC,
    libc::IP_MULTICAST_IF,
    libc::IP_UNICAST_IF,
    IP_CHECKSUM,
    IP_RECVFRAGSIZE,
    IP_RECVERR_RFC4884,
    IP_LOCAL_PORT_RANGE,
];
const IP_CHECKSUM: i32 = 23;
const IP_RECVFRAGSIZE: i32 = 25;
const IP_RECVERR_RFC4884: i32 = 26;
const IP_LOCAL_PORT_RANGE: i32 = 51;

/// include/uapi/linux/in6.h
const IPV6: [i32; 27] = [
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
    libc::IPV6_2292PKTINFO,
    libc::IPV6_2292HOPOPTS,
    libc::IPV6_2292DSTOPTS,
    libc::IPV6_2292RTHDR,
    libc::IPV6_2292HOPLIMIT,
    libc::IPV6_FLOWINFO,
    libc::IPV6_MULTICAST_IF,
    IPV6_ROUTER_ALERT_ISOLATE,
    IPV6_RECVERR_RFC4884,
    libc::IPV6_FLOWINFO_SEND,
    libc::IPV6_RECVHOPOPTS,
    libc::IPV6_RECVRTHDR,
    libc::IPV6_RECVDSTOPTS,
    libc::IPV6_RECVPATHMTU,
    libc::IPV6_UNICAST_IF,
    IPV6_RECVFRAGSIZE,
];
const IPV6_ROUTER_ALERT_ISOLATE: i32 = 30;
const IPV6_RECVERR_RFC4884: i32 = 31;
const IPV6_AUTOFLOWLABEL: i32 = 70;
const IPV6_RECVFRAGSIZE: i32 = 77;

/// include/uapi/linux/tcp.h
const TCP: [i32; 14] = [
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
    libc::TCP_FASTOPEN_CONNECT,
    TCP_RTO_MAX_MS,
    TCP_RTO_MIN_US,
    TCP_DELACK_MAX_US,
];
const TCP_FASTOPEN_NO_COOKIE: i32 = 34;
const TCP_INQ: i32 = 36;
const TCP_TX_DELAY: i32 = 37;
const TCP_RTO_MAX_MS: i32 = 44;
const TCP_RTO_MIN_US: i32 = 45;
const TCP_DELACK_MAX_US: i32 = 46;

/// include/uapi/linux/udp.h
const UDP: [i32; 4] = [101, 102, 103, 104];

/// Options that differ from those of a new socket of the same make.
pub(super) fn differing(sockets: &mut Sockets, case: &Case<'_>, make: Make) -> Vec<SocketOption> {
    let Some(fresh) = fresh(sockets, make) else {
        return Vec::new();
    };
    let ints = options(make).filter_map(|(level, name)| {
        let value = sockopt::int(case.fd, level, name).ok()?;
        (sockopt::int(fresh, level, name).ok()? != value).then(|| SocketOption {
            level,
            name,
            value,
            ..SocketOption::default()
        })
    });
    let longs = LONG.into_iter().filter_map(|name| {
        let level = libc::SOL_SOCKET;
        let value = sockopt::words::<1>(case.fd, level, name).ok()?;
        (sockopt::words::<1>(fresh, level, name).ok()? != value).then(|| SocketOption {
            level,
            name,
            long: value[0].to_ne_bytes().to_vec(),
            ..SocketOption::default()
        })
    });
    longs.chain(ints).collect()
}

fn options((family, kind, _): Make) -> impl Iterator<Item = (i32, i32)> {
    let inet = family != libc::AF_UNIX;
    let chosen: [(i32, &'static [i32], bool); 6] = [
        (libc::SOL_SOCKET, &GENERAL, true),
        (libc::SOL_SOCKET, &OF_STREAMS, inet && kind == libc::SOCK_STREAM),
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
