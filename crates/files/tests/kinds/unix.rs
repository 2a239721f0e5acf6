// SPDX-License-Identifier: GPL-2.0-only
//! Unix sockets apart from their queues.

use crate::common::{Folder, Found, OfKind, alone, hold, kind, look};
use rustix::net::{
    AddressFamily, RecvFlags, SocketAddrUnix, SocketFlags, SocketType, bind, connect, listen, recv, send,
    shutdown, socket_with, socketpair, sockopt,
};
use stasis_wire::facts::UnixSocket;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

fn pair(kind: SocketType) -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).unwrap()
}

fn single(kind: SocketType) -> OwnedFd {
    socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).unwrap()
}

#[test]
fn pairs_of_each_type() {
    let _alone = alone();
    let types = [
        (SocketType::STREAM, 1),
        (SocketType::DGRAM, 2),
        (SocketType::SEQPACKET, 5),
    ];
    for (kind_of_socket, number) in types {
        let (a, b) = pair(kind_of_socket);
        let holder = hold(&[a.as_raw_fd(), b.as_raw_fd()]);
        let facts = look(&[&holder]);
        assert_eq!(facts.refusals, []);
        let (of_a, of_b) = (facts.at(&holder, &a), facts.at(&holder, &b));
        let (ua, ub) = (of_a.unix().unwrap(), of_b.unix().unwrap());
        assert_eq!((kind(of_a).as_str(), ua.r#type, ua.state), ("Unix", number, 1));
        assert_eq!((ua.peer, ub.peer), (ub.ino, ua.ino));
        assert_eq!((ua.peer_description, ub.peer_description), (of_b.id, of_a.id));
        assert_eq!(
            (ua.peer_cred_pid, ua.name.len(), ua.queue.len()),
            (std::process::id() as i32, 0, 0)
        );
        assert_eq!(
            (
                ua.options.as_ref().unwrap().peek_off,
                ua.options.as_ref().unwrap().linger
            ),
            (-1, -1)
        );
    }
}

#[test]
fn names_and_listeners() {
    let _alone = alone();
    let folder = Folder::new("unix");
    let listener = UnixListener::bind(folder.path("l")).unwrap();
    listen(&listener, 17).unwrap();
    let deleted = UnixListener::bind(folder.path("d")).unwrap();
    std::fs::remove_file(folder.path("d")).unwrap();
    let hidden = single(SocketType::DGRAM);
    bind(
        &hidden,
        &SocketAddrUnix::new_abstract_name(b"stasis\0test").unwrap(),
    )
    .unwrap();
    let relative = single(SocketType::STREAM);
    let before = std::env::current_dir().unwrap();
    std::env::set_current_dir(&folder.0).unwrap();
    bind(&relative, &SocketAddrUnix::new("r").unwrap()).unwrap();
    std::env::set_current_dir(before).unwrap();
    let fds = [
        listener.as_raw_fd(),
        deleted.as_raw_fd(),
        hidden.as_raw_fd(),
        relative.as_raw_fd(),
    ];
    let holder = hold(&fds);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let of = |fd: &dyn AsRawFd| facts.at(&holder, &fd.as_raw_fd()).unix().cloned().unwrap();
    let l = of(&listener);
    assert_eq!(
        (l.state, l.backlog, l.name.clone(), l.path.clone()),
        (10, 17, folder.bytes("l"), folder.bytes("l"))
    );
    let node = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(folder.path("l")).unwrap());
    assert_eq!(
        (l.name_ino, l.name_deleted, l.name_mode & 0o170_000),
        (node, false, 0o140_000)
    );
    let d = of(&deleted);
    assert_eq!((d.name_deleted, d.path), (true, folder.bytes("d")));
    assert_eq!(
        (of(&hidden).name, of(&hidden).state),
        (b"\0stasis\0test".to_vec(), 7)
    );
    assert_eq!(
        (of(&relative).name, of(&relative).path),
        (b"r".to_vec(), folder.bytes("r"))
    );
    // From the stand of the task, the connection hangs between listener and client.
    let client = UnixStream::connect(folder.path("l")).unwrap();
    let with_client = hold(&[listener.as_raw_fd(), client.as_raw_fd()]);
    let facts = look(&[&with_client]);
    let mut refused = facts.kinds_refused();
    refused.sort_unstable();
    assert_eq!(
        refused,
        [
            "unix connection not yet accepted",
            "unix listener with waiting connections"
        ]
    );
}

#[test]
fn hard_links_of_a_name_are_found_or_refused() {
    let _alone = alone();
    let folder = Folder::new("links");
    let elsewhere = Folder::new("links-elsewhere");
    let both = UnixListener::bind(folder.path("a")).unwrap();
    std::fs::hard_link(folder.path("a"), folder.path("b")).unwrap();
    let other = UnixListener::bind(folder.path("c")).unwrap();
    std::fs::hard_link(folder.path("c"), folder.path("e")).unwrap();
    std::fs::hard_link(folder.path("c"), folder.path("d")).unwrap();
    std::fs::remove_file(folder.path("c")).unwrap();
    let holder = hold(&[both.as_raw_fd(), other.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let of = |facts: &stasis_files::FileFacts, fd: &dyn AsRawFd| {
        facts.at(&holder, &fd.as_raw_fd()).unix().cloned().unwrap()
    };
    let names = |socket: UnixSocket| (socket.name_deleted, socket.path, socket.other_names);
    assert_eq!(
        names(of(&facts, &both)),
        (false, folder.bytes("a"), vec![folder.bytes("b")])
    );
    assert_eq!(
        names(of(&facts, &other)),
        (false, folder.bytes("d"), vec![folder.bytes("e")])
    );
    std::fs::hard_link(folder.path("a"), elsewhere.path("f")).unwrap();
    let facts = look(&[&holder]);
    assert_eq!(facts.refusal().kind, "unix socket with names elsewhere");
    assert!(
        facts.refusal().cause.contains("3 names, and 2 of them"),
        "{}",
        facts.refusal().cause
    );
}

#[test]
fn the_closed_peer_of_a_datagram_socket_has_a_name() {
    let _alone = alone();
    let (left, closed) = pair(SocketType::DGRAM);
    let named = single(SocketType::DGRAM);
    let name = SocketAddrUnix::new_abstract_name(b"stasis-closed-peer").unwrap();
    bind(&named, &name).unwrap();
    let connected = single(SocketType::DGRAM);
    connect(&connected, &name).unwrap();
    let never = single(SocketType::DGRAM);
    drop((closed, named));
    let holder = hold(&[left.as_raw_fd(), connected.as_raw_fd(), never.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let of = |fd: &OwnedFd| {
        let socket = facts.at(&holder, fd).unix().cloned().unwrap();
        (socket.peer_closed, socket.peer_name)
    };
    assert_eq!(of(&left), (true, Vec::new()));
    assert_eq!(of(&connected), (true, b"\0stasis-closed-peer".to_vec()));
    assert_eq!(of(&never), (false, Vec::new()));
}

#[test]
fn peers_outside_are_refused_closed_ones_are_not() {
    let _alone = alone();
    let (inside, outside) = pair(SocketType::STREAM);
    let holder = hold(&[inside.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusal().kind, "unix socket connected to outside the tree");
    drop(outside);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let left = facts.at(&holder, &inside).unix().cloned().unwrap();
    assert_eq!(
        (left.peer_closed, left.shutdown, left.peer, left.pending_error),
        (true, 3, 0, false)
    );
}

#[test]
fn an_error_that_waits_goes_on_waiting() {
    let _alone = alone();
    for kind_of_socket in [SocketType::STREAM, SocketType::SEQPACKET] {
        let (a, b) = pair(kind_of_socket);
        send(&a, b"never read", rustix::net::SendFlags::empty()).unwrap();
        // `a` is told that what it sent was thrown away.
        drop(b);
        let holder = hold(&[a.as_raw_fd()]);
        let facts = look(&[&holder]);
        let left: &UnixSocket = facts.at(&holder, &a).unix().unwrap();
        assert!(left.pending_error && left.peer_closed, "{left:?}");
        let mut buffer = [0; 8];
        let error = recv(&a, &mut buffer, RecvFlags::DONTWAIT).unwrap_err();
        assert_eq!(error, rustix::io::Errno::CONNRESET);
    }
}

#[test]
fn half_closed_connections_and_connected_datagrams() {
    let _alone = alone();
    let folder = Folder::new("halves");
    let (a, b) = pair(SocketType::STREAM);
    shutdown(&a, rustix::net::Shutdown::Write).unwrap();
    let (server, client) = (single(SocketType::DGRAM), single(SocketType::DGRAM));
    let name = SocketAddrUnix::new(folder.path("server").as_os_str()).unwrap();
    bind(&server, &name).unwrap();
    connect(&client, &name).unwrap();
    let holder = hold(&[&a, &b, &server, &client].map(AsRawFd::as_raw_fd));
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let of = |fd: &OwnedFd| facts.at(&holder, fd).unix().cloned().unwrap();
    assert_eq!((of(&a).shutdown, of(&b).shutdown), (2, 1));
    let server_id = facts.at(&holder, &server).id;
    assert_eq!(
        (of(&client).peer_description, of(&server).peer_description),
        (server_id, 0)
    );
    assert!(!of(&b).peer_closed);
}

#[test]
fn options_are_those_that_were_set() {
    let _alone = alone();
    let (a, b) = pair(SocketType::STREAM);
    sockopt::set_socket_send_buffer_size(&a, 30_000).unwrap();
    sockopt::set_socket_timeout(&a, sockopt::Timeout::Recv, Some(Duration::from_millis(2500))).unwrap();
    sockopt::set_socket_linger(&a, Some(Duration::from_secs(9))).unwrap();
    sockopt::set_socket_passcred(&a, true).unwrap();
    let holder = hold(&[a.as_raw_fd(), b.as_raw_fd()]);
    let facts = look(&[&holder]);
    let options = facts.at(&holder, &a).unix().unwrap().options.clone().unwrap();
    assert_eq!(
        (options.sndbuf, options.rcvtimeo_sec, options.rcvtimeo_usec),
        (60_000, 2, 500_000)
    );
    assert_eq!((options.sndtimeo_sec, options.sndtimeo_usec), (0, 0));
    assert_eq!(
        (options.linger, options.passcred, options.sndbuf_locked),
        (9, true, true)
    );
    assert!(!options.rcvbuf_locked && options.filter.is_empty() && options.bound_device.is_empty());
}
