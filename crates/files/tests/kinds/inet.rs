// SPDX-License-Identifier: GPL-2.0-only
//! TCP and UDP.

use crate::common::{Found, OfKind, alone, hold, kind, look};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, listen, socket_with, sockopt};
use stasis_wire::facts::InetSocket;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};

fn raw(kind: SocketType, v6: bool) -> OwnedFd {
    let family = if v6 {
        AddressFamily::INET6
    } else {
        AddressFamily::INET
    };
    socket_with(family, kind, SocketFlags::CLOEXEC, None).unwrap()
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn listeners_bound_and_unused_sockets() {
    let _alone = alone();
    let v4 = raw(SocketType::STREAM, false);
    sockopt::set_socket_reuseaddr(&v4, true).unwrap();
    bind(&v4, &address("127.0.0.1:0")).unwrap();
    listen(&v4, 33).unwrap();
    let v6 = raw(SocketType::STREAM, true);
    sockopt::set_ipv6_v6only(&v6, true).unwrap();
    bind(&v6, &address("[::1]:0")).unwrap();
    listen(&v6, 5).unwrap();
    let bound = raw(SocketType::STREAM, false);
    bind(&bound, &address("127.0.0.1:0")).unwrap();
    sockopt::set_tcp_nodelay(&bound, true).unwrap();
    let unused = raw(SocketType::STREAM, true);
    let holder = hold(&[&v4, &v6, &bound, &unused].map(AsRawFd::as_raw_fd));
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let of = |fd: &OwnedFd| facts.at(&holder, fd).inet().cloned().unwrap();
    let a = of(&v4);
    assert_eq!(
        (a.family, a.r#type, a.protocol, a.state, a.backlog),
        (2, 1, 6, 10, 33)
    );
    assert_eq!((a.source.as_slice(), a.bound), (&[127, 0, 0, 1][..], true));
    assert!(a.source_port > 0 && a.options.as_ref().unwrap().reuseaddr);
    let b = of(&v6);
    assert_eq!(
        (
            b.family,
            b.state,
            b.source[15],
            b.options.as_ref().unwrap().v6only
        ),
        (10, 10, 1, true)
    );
    let c = of(&bound);
    assert_eq!(
        (c.state, c.bound, c.options.as_ref().unwrap().tcp_nodelay),
        (7, true, true)
    );
    let d: InetSocket = of(&unused);
    assert_eq!(
        (d.state, d.bound, d.source_port, d.source, d.destination),
        (7, false, 0, vec![0; 16], vec![0; 16])
    );
}

#[test]
fn multipath_listeners() {
    let _alone = alone();
    let protocol = rustix::net::Protocol::from_raw(std::num::NonZeroU32::new(262).unwrap());
    let Ok(listener) = socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        Some(protocol),
    ) else {
        eprintln!("skipped: this kernel has no MPTCP");
        return;
    };
    bind(&listener, &address("127.0.0.1:0")).unwrap();
    listen(&listener, 9).unwrap();
    let holder = hold(&[listener.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let found = facts.at(&holder, &listener).inet().unwrap();
    assert_eq!((found.protocol, found.state, found.backlog), (262, 10, 9));
}

#[test]
fn connections_are_refused_with_both_addresses() {
    let _alone = alone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let waiting = hold(&[listener.as_raw_fd()]);
    assert_eq!(
        look(&[&waiting]).refusal().kind,
        "TCP listener with waiting connections"
    );
    let holder = hold(&[client.as_raw_fd()]);
    let facts = look(&[&holder]);
    let refusal = facts.refusal();
    let (here, there) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
    assert_eq!(refusal.cause, format!("{here} is connected with {there}"));
    assert_eq!(refusal.kind, "established TCP connection");
    // Reset: over, but its end is still to be told.
    let (server, _) = listener.accept().unwrap();
    sockopt::set_socket_linger(&server, Some(std::time::Duration::ZERO)).unwrap();
    drop(server);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusal().kind, "finished TCP connection");
}

#[test]
fn udp_with_datagrams() {
    let _alone = alone();
    for any in ["127.0.0.1:0", "[::1]:0"] {
        let (server, client) = (UdpSocket::bind(any).unwrap(), UdpSocket::bind(any).unwrap());
        client.connect(server.local_addr().unwrap()).unwrap();
        let sent: [&[u8]; 4] = [b"one", b"", &[9; 9000], b"four"];
        for text in sent {
            client.send(text).unwrap();
        }
        let holder = hold(&[server.as_raw_fd(), client.as_raw_fd()]);
        let facts = look(&[&holder]);
        assert_eq!(facts.refusals, []);
        let found = facts.at(&holder, &server);
        let socket = found.inet().unwrap();
        assert_eq!(
            (kind(found).as_str(), socket.protocol, socket.state),
            ("Inet", 17, 7)
        );
        assert_eq!(
            socket.queue.iter().map(|m| m.data.as_slice()).collect::<Vec<_>>(),
            sent
        );
        let sender = client.local_addr().unwrap();
        for message in &socket.queue {
            assert_eq!(message.address[2..4], sender.port().to_be_bytes());
        }
        let connected = facts.at(&holder, &client).inet().unwrap();
        let there = server.local_addr().unwrap();
        assert_eq!(
            (connected.state, connected.destination_port),
            (1, u32::from(there.port()))
        );
        server.set_nonblocking(true).unwrap();
        let mut buffer = [0; 10_000];
        for text in sent {
            let length = server.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], text);
        }
        assert!(server.recv(&mut buffer).is_err());
    }
}

#[test]
fn the_error_of_a_refused_datagram_goes_on_waiting() {
    let _alone = alone();
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = raw(SocketType::DGRAM, false);
    connect(&socket, &nobody.local_addr().unwrap()).unwrap();
    drop(nobody);
    rustix::net::send(&socket, b"x", rustix::net::SendFlags::empty()).unwrap();
    let holder = hold(&[socket.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusal().kind, "UDP socket with a pending error");
    let mut buffer = [0; 8];
    let error = rustix::net::recv(&socket, &mut buffer, rustix::net::RecvFlags::DONTWAIT).unwrap_err();
    assert_eq!(error, rustix::io::Errno::CONNREFUSED);
}

#[test]
fn shutdown_of_udp_is_seen() {
    let _alone = alone();
    let (server, client) = (
        UdpSocket::bind("127.0.0.1:0").unwrap(),
        UdpSocket::bind("127.0.0.1:0").unwrap(),
    );
    client.connect(server.local_addr().unwrap()).unwrap();
    rustix::net::shutdown(&client, rustix::net::Shutdown::Write).unwrap();
    let holder = hold(&[client.as_raw_fd()]);
    assert_eq!(look(&[&holder]).at(&holder, &client).inet().unwrap().shutdown, 2);
}

#[test]
fn members_of_multicast_groups_are_refused() {
    let _alone = alone();
    let (v4, plain) = (
        UdpSocket::bind("0.0.0.0:0").unwrap(),
        UdpSocket::bind("0.0.0.0:0").unwrap(),
    );
    if let Err(error) = v4.join_multicast_v4(&"224.0.0.251".parse().unwrap(), &"127.0.0.1".parse().unwrap()) {
        eprintln!("skipped: no multicast here: {error}");
        return;
    }
    let holder = hold(&[v4.as_raw_fd(), plain.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusal().kind, "UDP socket in a multicast group");
    assert_eq!(facts.refusal().object, format!("fd {}", v4.as_raw_fd()));
    let v6 = UdpSocket::bind("[::]:0").unwrap();
    if v6.join_multicast_v6(&"ff02::fb".parse().unwrap(), 1).is_ok() {
        let holder = hold(&[v6.as_raw_fd()]);
        assert!(look(&[&holder]).refusal().cause.contains("ff02::fb"));
    }
}
