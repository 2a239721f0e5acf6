// SPDX-License-Identifier: GPL-2.0-only
//! TCP (also multipath), listening or unused, and UDP.

use super::queue::{self, Division};
use super::{diag, multicast, options};
use crate::context::Context;
use crate::describe::{Case, Stop};
use crate::refusals::Reason;
use crate::sys::{ioctl, sockopt};
use rustix::event::PollFlags;
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{InetSocket, Message};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const CLOSE: u32 = 7;
const LISTEN: u32 = 10;

/// `UDP_CORK`, `UDP_ENCAP` and `UDP_GRO` of `include/uapi/linux/udp.h`.
const UDP_CORK: i32 = 1;
const UDP_ENCAP: i32 = 100;
const UDP_GRO: i32 = 104;

pub(super) fn stream(
    context: &mut Context<'_>,
    case: &Case<'_>,
    domain: i32,
    protocol: i32,
) -> Result<Kind, Stop> {
    // Of a multipath socket it tells about the first subflow: the listening one.
    let mut info = [0u8; 104];
    let length = sockopt::bytes(case.fd, libc::IPPROTO_TCP, libc::TCP_INFO, &mut info)
        .map_err(|e| case.failed("look at the socket", "getsockopt(TCP_INFO)", e))?;
    let word = |at: usize| u32::from_ne_bytes(info[at..at + 4].try_into().unwrap_or_default());
    let mut socket = addresses(case, domain)?;
    socket.r#type = libc::SOCK_STREAM as u32;
    socket.protocol = protocol as u32;
    socket.state = if length > 0 { u32::from(info[0]) } else { CLOSE };
    let mut options = options::general(case)?;
    options::tcp(case, &mut options);
    options::ip(case, domain, &mut options);
    socket.options = Some(options);
    match socket.state {
        LISTEN => {
            // `tcp_get_info`: of a listener, tcpi_unacked counts who waits and tcpi_sacked is the backlog.
            (socket.pending_connections, socket.backlog) = (word(24), word(28));
            if socket.pending_connections > 0 {
                let cause = format!("{} connections wait to be accepted", socket.pending_connections);
                return Err(Reason::new("TCP listener with waiting connections", cause, "try again").into());
            }
            if signs(context, case)? {
                let cause = "it asks its peers for signatures (TCP_MD5SIG), by keys that cannot be read";
                return Err(Reason::new("TCP listener with keys", cause, "").into());
            }
        }
        // One that was connected once is shut down, a new one is not.
        CLOSE if queue::events(case)?.contains(PollFlags::RDHUP) => {
            let cause = "it has ended, but the program has not closed it yet";
            return Err(Reason::new("finished TCP connection", cause, "try again").into());
        }
        CLOSE if queue::events(case)?.contains(PollFlags::ERR) => return Err(waiting_error("TCP").into()),
        CLOSE => {}
        state => return Err(connection(&socket, state).into()),
    }
    Ok(Kind::Inet(socket))
}

fn signs(context: &mut Context<'_>, case: &Case<'_>) -> Result<bool, Stop> {
    let all = match &mut context.sockets.signing_listeners {
        Some(all) => all,
        none => none.insert(
            diag::signing_listeners().map_err(|e| case.failed("list the TCP listeners", "netlink", e))?,
        ),
    };
    Ok(all.contains(&(case.stat.st_ino as u32)))
}

/// Which one cannot be asked without taking it; nor can it be raised anew, for others would have to send it.
fn waiting_error(protocol: &str) -> Reason {
    let cause = "an error of the network waits in it for the program's next call";
    let hint =
        "let the program read it (SO_ERROR, MSG_ERRQUEUE); it comes with each datagram that nobody takes";
    Reason::new(
        format!("{protocol} socket with a pending error"),
        cause,
        if protocol == "UDP" { hint } else { "" },
    )
}

fn connection(socket: &InetSocket, state: u32) -> Reason {
    let (here, there) = (
        text(&socket.source, socket.source_port),
        text(&socket.destination, socket.destination_port),
    );
    let kind = match state {
        1 => "established TCP connection",
        2 | 3 => "TCP connection in the making",
        _ => "TCP connection being closed",
    };
    Reason::new(
        kind,
        format!("{here} is connected with {there}"),
        "let the program or its peer close the connection first",
    )
}

pub(super) fn datagram(context: &mut Context<'_>, case: &Case<'_>, domain: i32) -> Result<Kind, Stop> {
    let mut socket = addresses(case, domain)?;
    socket.r#type = libc::SOCK_DGRAM as u32;
    socket.protocol = libc::IPPROTO_UDP as u32;
    socket.state = if socket.destination_port != 0 { 1 } else { CLOSE };
    let asked = |name| sockopt::int(case.fd, libc::IPPROTO_UDP, name).unwrap_or(0);
    if asked(UDP_ENCAP) != 0 {
        let cause = "it carries tunnelled packets for the kernel (UDP_ENCAP)";
        return Err(Reason::new("UDP tunnel socket", cause, "close the tunnel first").into());
    }
    // What MSG_MORE holds back shows nowhere else.
    let unsent = ioctl::int(case.fd, ioctl::UNSENT)
        .map_err(|e| case.failed("look at the socket", "ioctl(SIOCOUTQ)", e))?;
    if asked(UDP_CORK) != 0 || unsent > 0 {
        let cause =
            "a datagram is being put together (UDP_CORK, MSG_MORE) or on its way out, and cannot be read";
        return Err(Reason::new("UDP socket with unsent data", cause, "try again").into());
    }
    let mut options = options::general(case)?;
    options::ip(case, domain, &mut options);
    if let Some(group) = multicast::joined(&mut context.sockets.groups, case) {
        let cause = format!("it has joined the group {group}, which cannot be restored yet");
        return Err(Reason::new("UDP socket in a multicast group", cause, "").into());
    }
    let events = queue::events(case)?;
    socket.shutdown = shutdown(context, case, events)?;
    socket.pending_error = events.contains(PollFlags::ERR);
    if socket.pending_error {
        return Err(waiting_error("UDP").into());
    }
    if context.options.messages {
        let messages = context.sockets.queues.read(
            case,
            Division::Packets,
            events,
            options.peek_off,
            &mut context.room,
        )?;
        if !messages.is_empty() && asked(UDP_GRO) != 0 {
            let cause = "datagrams wait in it that the kernel has joined into larger ones (UDP_GRO)";
            return Err(Reason::new("UDP socket with joined datagrams", cause, "try again").into());
        }
        let queued = |m: crate::sys::message::Received| Message {
            data: m.data,
            address: m.address,
            ..Message::default()
        };
        socket.queue = messages.into_iter().map(queued).collect();
    }
    socket.options = Some(options);
    Ok(Kind::Inet(socket))
}

/// Bit 0 receiving, bit 1 sending. A socket without a port is not listed; of such a one poll(2) shows all but
/// a mere bit 1.
fn shutdown(context: &mut Context<'_>, case: &Case<'_>, events: PollFlags) -> Result<u32, Stop> {
    let all = match &mut context.sockets.udp_shutdown {
        Some(all) => all,
        none => {
            none.insert(diag::udp_shutdown().map_err(|e| case.failed("list the UDP sockets", "netlink", e))?)
        }
    };
    Ok(match all.get(&(case.stat.st_ino as u32)) {
        Some(&bits) => u32::from(bits),
        None if events.contains(PollFlags::HUP) => 3,
        None => u32::from(events.contains(PollFlags::RDHUP)),
    })
}

fn addresses(case: &Case<'_>, domain: i32) -> Result<InetSocket, Stop> {
    let local =
        sockopt::local_address(case.fd).map_err(|e| case.failed("look at the socket", "getsockname", e))?;
    // ENOTCONN for all that are not connected.
    let peer = sockopt::peer_address(case.fd).unwrap_or_default();
    let (source, source_port, scope) = parts(&local, domain);
    let (destination, destination_port, _) = parts(&peer, domain);
    Ok(InetSocket {
        ino: case.stat.st_ino as u32,
        family: domain as u32,
        bound: source_port != 0,
        source,
        source_port,
        destination,
        destination_port,
        scope,
        ..InetSocket::default()
    })
}

/// Address in network order, port and scope of a `struct sockaddr_in` or `sockaddr_in6`.
fn parts(address: &[u8], domain: i32) -> (Vec<u8>, u32, u32) {
    let v6 = domain == libc::AF_INET6;
    let (at, length) = if v6 { (8, 16) } else { (4, 4) };
    let Some(ip) = address.get(at..at + length) else {
        return (vec![0; length], 0, 0);
    };
    let port = u16::from_be_bytes([address[2], address[3]]);
    let scope = address
        .get(24..28)
        .filter(|_| v6)
        .and_then(|s| s.try_into().ok())
        .map_or(0, u32::from_ne_bytes);
    (ip.to_vec(), u32::from(port), scope)
}

fn text(address: &[u8], port: u32) -> String {
    let ip = match (<[u8; 4]>::try_from(address), <[u8; 16]>::try_from(address)) {
        (Ok(v4), _) => IpAddr::from(Ipv4Addr::from(v4)),
        (_, Ok(v6)) => IpAddr::from(Ipv6Addr::from(v6)),
        _ => return String::new(),
    };
    SocketAddr::new(ip.to_canonical(), port as u16).to_string()
}
