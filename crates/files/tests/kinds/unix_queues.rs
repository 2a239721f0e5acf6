// SPDX-License-Identifier: GPL-2.0-only
//! What waits in the queues of unix sockets.

use crate::common::{Found, Holder, OfKind, alone, hold, kind, look};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    recv, send, sendmsg, socketpair, sockopt,
};
use stasis_files::FileFacts;
use stasis_wire::facts::Message;
use std::fs::File;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

fn pair(kind: SocketType) -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).unwrap()
}

fn put(socket: &OwnedFd, text: &[u8]) {
    assert_eq!(send(socket, text, SendFlags::empty()).unwrap(), text.len());
}

fn put_with(socket: &OwnedFd, text: &[u8], fds: &[BorrowedFd<'_>]) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(fds)));
    sendmsg(socket, &[IoSlice::new(text)], &mut control, SendFlags::empty()).unwrap();
}

fn queue(facts: &FileFacts, holder: &Holder, socket: &OwnedFd) -> Vec<Message> {
    facts.at(holder, socket).unix().unwrap().queue.clone()
}

fn texts(queue: &[Message]) -> Vec<&[u8]> {
    queue.iter().map(|m| m.data.as_slice()).collect()
}

fn drain(socket: &OwnedFd) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 1 << 20];
    while let Ok((length, _)) = recv(socket, buffer.as_mut_slice(), RecvFlags::DONTWAIT) {
        all.push(buffer[..length].to_vec());
    }
    all
}

#[test]
fn a_stream_is_one_piece_and_stays() {
    let _alone = alone();
    let (a, b) = pair(SocketType::STREAM);
    sockopt::set_socket_send_buffer_size(&a, 4 << 20).unwrap();
    let text: Vec<u8> = (0..150_000u32).map(|n| (n % 251) as u8).collect();
    for piece in text.chunks(999) {
        put(&a, piece);
    }
    let holder = hold(&[a.as_raw_fd(), b.as_raw_fd()]);
    for _ in 0..2 {
        let facts = look(&[&holder]);
        assert_eq!(facts.refusals, []);
        assert_eq!(texts(&queue(&facts, &holder, &b)), [text.as_slice()]);
        assert!(queue(&facts, &holder, &a).is_empty());
    }
    assert_eq!(drain(&b).concat(), text);
}

#[test]
fn datagrams_keep_their_bounds() {
    let _alone = alone();
    for kind_of_socket in [SocketType::DGRAM, SocketType::SEQPACKET] {
        let (a, b) = pair(kind_of_socket);
        sockopt::set_socket_send_buffer_size(&a, 2 << 20).unwrap();
        // Longer than the first room of the reader, too.
        let long = vec![0x5a; 300_000];
        let sent: [&[u8]; 5] = [b"one", b"", b"three", &long, b"5"];
        sent.iter().for_each(|text| put(&a, text));
        let holder = hold(&[a.as_raw_fd(), b.as_raw_fd()]);
        let facts = look(&[&holder]);
        assert_eq!(facts.refusals, []);
        assert_eq!(texts(&queue(&facts, &holder, &b)), sent);
        let offset = facts
            .at(&holder, &b)
            .unix()
            .unwrap()
            .options
            .as_ref()
            .unwrap()
            .peek_off;
        assert_eq!(offset, -1);
        assert_eq!(drain(&b), sent);
    }
}

#[test]
fn a_peek_offset_of_the_program_stays() {
    let _alone = alone();
    let (a, b) = pair(SocketType::STREAM);
    put(&a, b"abcdefgh");
    set_peek_offset(&b, 3);
    let holder = hold(&[a.as_raw_fd(), b.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(texts(&queue(&facts, &holder, &b)), [b"abcdefgh"]);
    assert_eq!(
        facts
            .at(&holder, &b)
            .unix()
            .unwrap()
            .options
            .as_ref()
            .unwrap()
            .peek_off,
        3
    );
    let mut buffer = [0; 16];
    let (length, _) = recv(&b, buffer.as_mut_slice(), RecvFlags::PEEK).unwrap();
    assert_eq!(&buffer[..length], b"defgh");
}

fn set_peek_offset(socket: &OwnedFd, offset: i32) {
    #![allow(unsafe_code)]
    // SAFETY: an int of our own.
    let done = unsafe {
        let value = (&raw const offset).cast();
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_PEEK_OFF, value, 4)
    };
    assert_eq!(done, 0);
}

#[test]
fn a_closed_peer_leaves_its_words() {
    let _alone = alone();
    let (a, b) = pair(SocketType::SEQPACKET);
    put(&a, b"last");
    put(&a, b"words");
    let holder = hold(&[b.as_raw_fd()]);
    drop(a);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let left = facts.at(&holder, &b).unix().unwrap();
    assert_eq!(
        (texts(&left.queue), left.peer_closed),
        (vec![&b"last"[..], b"words"], true)
    );
}

#[test]
fn descriptors_in_flight() {
    let _alone = alone();
    for kind_of_socket in [SocketType::STREAM, SocketType::DGRAM] {
        let (a, b) = pair(kind_of_socket);
        let known = File::open("/dev/null").unwrap();
        let only_in_flight = File::open("/dev/zero").unwrap();
        put(&a, b"before");
        put_with(&a, b"two", &[known.as_fd(), only_in_flight.as_fd()]);
        put_with(&a, b"again", &[only_in_flight.as_fd()]);
        put(&a, b"after");
        let holder = hold(&[a.as_raw_fd(), b.as_raw_fd(), known.as_raw_fd()]);
        let facts = look(&[&holder]);
        assert_eq!(facts.refusals, []);
        let queue = queue(&facts, &holder, &b);
        // In a stream the descriptors come with the bytes before them, as a reader would get them.
        let carried: Vec<_> = queue
            .iter()
            .map(|m| m.descriptions.clone())
            .filter(|d| !d.is_empty())
            .collect();
        let new = facts.descriptions.len() as u32;
        assert_eq!(carried, [vec![facts.at(&holder, &known).id, new], vec![new]]);
        assert_eq!(texts(&queue).concat(), b"beforetwoagainafter");
        let found = facts.descriptions.last().unwrap();
        assert_eq!(
            (kind(found).as_str(), found.rdev),
            ("CharacterDevice", libc::makedev(1, 5))
        );
        assert_eq!(
            (found.pid, found.fd, facts.descriptions.len()),
            (holder.pid, -1, 4)
        );
        assert_eq!(drain(&b).concat(), b"beforetwoagainafter");
    }
}

#[test]
fn sockets_in_flight_have_queues_of_their_own() {
    let _alone = alone();
    let (a, b) = pair(SocketType::STREAM);
    let (c, d) = pair(SocketType::DGRAM);
    let (e, f) = pair(SocketType::STREAM);
    // f carries nothing but is carried by d, which is carried by b.
    put(&e, b"innermost");
    put_with(&c, b"middle", &[f.as_fd()]);
    put_with(&a, b"outer", &[d.as_fd()]);
    let holder = hold(&[&a, &b, &c, &e].map(AsRawFd::as_raw_fd));
    drop((d, f));
    let before = std::fs::read_dir("/proc/self/fd").unwrap().count();
    let facts = look(&[&holder]);
    let more = std::fs::read_dir("/proc/self/fd").unwrap().count() - before;
    assert_eq!(more, facts.in_flight.len(), "nothing else is kept open");
    assert_eq!(facts.refusals, []);
    let follow = |queue: &[Message]| {
        facts.descriptions[queue[0].descriptions[0] as usize - 1]
            .unix()
            .cloned()
            .unwrap()
    };
    let middle = follow(&queue(&facts, &holder, &b));
    let innermost = follow(&middle.queue);
    assert_eq!(texts(&middle.queue), [b"middle"]);
    assert_eq!(texts(&innermost.queue), [b"innermost"]);
    assert_eq!(innermost.peer_description, facts.at(&holder, &e).id);
    assert_eq!(facts.at(&holder, &c).unix().unwrap().peer, middle.ino);
}

#[test]
fn what_is_refused_in_flight_names_its_carrier() {
    let _alone = alone();
    let (a, b) = pair(SocketType::STREAM);
    let inotify = rustix::fs::inotify::init(rustix::fs::inotify::CreateFlags::CLOEXEC).unwrap();
    put_with(&a, b"x", &[inotify.as_fd()]);
    let holder = hold(&[a.as_raw_fd(), b.as_raw_fd()]);
    let facts = look(&[&holder]);
    let refusal = facts.refusal();
    assert_eq!((refusal.kind.as_str(), refusal.pid), ("inotify", holder.pid));
    assert_eq!(
        refusal.object,
        format!("descriptor in flight in the queue of fd {}", b.as_raw_fd())
    );
}

#[test]
fn credentials_come_with_passcred() {
    let _alone = alone();
    let (a, b) = pair(SocketType::DGRAM);
    sockopt::set_socket_passcred(&b, true).unwrap();
    put(&a, b"signed");
    let holder = hold(&[a.as_raw_fd(), b.as_raw_fd()]);
    let facts = look(&[&holder]);
    let queue = queue(&facts, &holder, &b);
    assert_eq!(
        (queue[0].has_creds, queue[0].cred_pid),
        (true, std::process::id() as i32)
    );
    assert_eq!(queue[0].cred_uid, rustix::process::getuid().as_raw());
}

#[test]
fn contents_are_left_alone_when_not_asked_for() {
    let _alone = alone();
    let (a, b) = pair(SocketType::DGRAM);
    put_with(&a, b"x", &[a.as_fd()]);
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    rustix::io::write(&writer, b"y").unwrap();
    let holder = hold(&[&a, &b, &reader, &writer].map(AsRawFd::as_raw_fd));
    let options = stasis_files::Options::default();
    let facts =
        stasis_files::survey(&[holder.subject()], &mut stasis_files::Objects::new(), &options).unwrap();
    assert!(queue(&facts, &holder, &b).is_empty());
    assert!(facts.at(&holder, &reader).pipe().unwrap().data.is_empty());
}

/// The kernel walks through all messages before one to come to it: at some length a tree would be frozen for minutes.
#[test]
fn a_queue_of_very_many_messages_is_refused() {
    let _alone = alone();
    let (sender, receiver) = pair(SocketType::DGRAM);
    if sockopt::set_socket_send_buffer_size_force(&sender, 1 << 30).is_err() {
        eprintln!("skipped: not root");
        return;
    }
    for _ in 0..=1 << 14 {
        put(&sender, b"m");
    }
    let holder = hold(&[sender.as_raw_fd(), receiver.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusal().kind, "socket with a long queue");
}
