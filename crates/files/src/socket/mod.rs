// SPDX-License-Identifier: GPL-2.0-only
//! Sockets: unix, TCP that listens or is unused, UDP. All else is refused.

mod diag;
mod inet;
mod known;
mod more;
mod multicast;
mod names;
mod options;
mod queue;
mod unix;

use crate::context::Context;
use crate::describe::{Case, Stop};
use crate::refusals::Reason;
use crate::sys::sockopt;
use rustix::net::{AddressFamily, SocketType, socket};
use stasis_wire::facts::description::Kind;
use std::os::fd::AsFd;

pub(crate) use known::Sockets;
pub(crate) use unix::resolve;

/// `SO_NETNS_COOKIE` (5.14): tells network namespaces apart.
const NETNS_COOKIE: i32 = 71;

pub(crate) fn examine(context: &mut Context<'_>, case: &Case<'_>) -> Result<Kind, Stop> {
    let ask = |name| {
        sockopt::int(case.fd, libc::SOL_SOCKET, name)
            .map_err(|e| case.failed("look at the socket", "getsockopt", e))
    };
    let (domain, kind, protocol) = (
        ask(libc::SO_DOMAIN)?,
        ask(libc::SO_TYPE)?,
        ask(libc::SO_PROTOCOL)?,
    );
    same_namespace(context, case)?;
    let mut examined = match (domain, kind, protocol) {
        (libc::AF_UNIX, ..) => unix::examine(context, case, kind),
        (libc::AF_INET | libc::AF_INET6, libc::SOCK_STREAM, libc::IPPROTO_TCP | libc::IPPROTO_MPTCP) => {
            inet::stream(context, case, domain, protocol)
        }
        (libc::AF_INET | libc::AF_INET6, libc::SOCK_DGRAM, libc::IPPROTO_UDP) => {
            inet::datagram(context, case, domain)
        }
        _ => Err(other(domain, kind, protocol).into()),
    }?;
    let options = match &mut examined {
        Kind::Unix(unix) => unix.options.as_mut(),
        Kind::Inet(inet) => inet.options.as_mut(),
        _ => None,
    };
    if let Some(options) = options {
        options.more = more::differing(&mut context.sockets, case, (domain, kind, protocol));
    }
    Ok(examined)
}

fn other(domain: i32, kind: i32, protocol: i32) -> Reason {
    let name = match (domain, kind) {
        (libc::AF_INET | libc::AF_INET6, libc::SOCK_RAW) => format!("raw IP socket (protocol {protocol})"),
        (libc::AF_INET | libc::AF_INET6, _) => format!("IP socket of protocol {protocol}"),
        (libc::AF_NETLINK, _) => "netlink socket".into(),
        (libc::AF_PACKET, _) => "packet socket".into(),
        (libc::AF_VSOCK, _) => "vsock socket".into(),
        (libc::AF_ALG, _) => "kernel crypto socket (AF_ALG)".into(),
        (libc::AF_XDP, _) => "XDP socket".into(),
        (libc::AF_BLUETOOTH, _) => "bluetooth socket".into(),
        (libc::AF_CAN, _) => "CAN socket".into(),
        (libc::AF_TIPC, _) => "TIPC socket".into(),
        (libc::AF_KEY, _) => "key management socket (AF_KEY)".into(),
        _ => format!("socket of address family {domain}"),
    };
    Reason::new(
        name,
        "this kind of socket cannot be restored yet",
        "let the program close it first",
    )
}

/// Sockets are dumped from the namespace the dumper is in: only that one's can be looked up (sock_diag(7)).
fn same_namespace(context: &mut Context<'_>, case: &Case<'_>) -> Result<(), Stop> {
    let own = match context.sockets.own_netns {
        Some(own) => own,
        None => {
            let ours = socket(AddressFamily::UNIX, SocketType::DGRAM, None)
                .map_err(|e| case.failed("look at the network namespace", "socket", e))?;
            // Without the option (before 5.14) all compare as 0; a unix socket of another namespace is then
            // missed in the lookup.
            let own = cookie(ours.as_fd());
            context.sockets.own_netns = Some(own);
            own
        }
    };
    if cookie(case.fd) == own {
        return Ok(());
    }
    Err(Reason::new(
        "socket of another network namespace",
        "it was made in a network namespace other than the dumper's",
        "run the dump inside that namespace (nsenter --net)",
    )
    .into())
}

fn cookie(fd: std::os::fd::BorrowedFd<'_>) -> u64 {
    let mut cookie = [0u8; 8];
    match sockopt::bytes(fd, libc::SOL_SOCKET, NETNS_COOKIE, &mut cookie) {
        Ok(8) => u64::from_ne_bytes(cookie),
        _ => 0,
    }
}
