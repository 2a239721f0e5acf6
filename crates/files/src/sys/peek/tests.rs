// SPDX-License-Identifier: GPL-2.0-only
use super::*;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn queue() -> (UnixDatagram, UnixDatagram) {
    let (a, b) = UnixDatagram::pair().unwrap();
    for text in ["one", "three", "five"] {
        a.send(text.as_bytes()).unwrap();
    }
    (a, b)
}

fn offset_of(socket: &UnixDatagram) -> i32 {
    crate::sys::sockopt::int(socket.as_fd(), libc::SOL_SOCKET, libc::SO_PEEK_OFF).unwrap()
}

#[test]
fn a_guardian_looks_into_the_middle_and_leaves_no_offset() {
    let (_a, b) = queue();
    let mut buffer = Buffer::new(64);
    for (offset, text) in [(0, "one"), (3, "three"), (8, "five")] {
        let received = by_guardian(b.as_fd(), offset, -1, &mut buffer).unwrap();
        assert_eq!(received.data, text.as_bytes());
        assert_eq!(offset_of(&b), -1);
    }
    let end = by_guardian(b.as_fd(), 12, -1, &mut buffer).unwrap_err();
    assert_eq!(end.kind(), io::ErrorKind::WouldBlock);
    assert_eq!(offset_of(&b), -1);
}

#[test]
fn a_ring_does_the_same() {
    let (_a, b) = queue();
    let Ok(mut ring) = IoUring::new(4) else {
        eprintln!("skipped: this kernel offers no io_uring");
        return;
    };
    let mut buffer = Buffer::new(64);
    match by_ring(&mut ring, b.as_fd(), 3, 0, &mut buffer) {
        Err(error) if unsupported(&error) => {
            eprintln!("skipped: io_uring sets no socket options here (before 6.7)");
            return;
        }
        received => assert_eq!(received.unwrap().data, b"three"),
    }
    assert_eq!(offset_of(&b), 0, "the offset the program itself had set");
    let end = by_ring(&mut ring, b.as_fd(), 12, -1, &mut buffer).unwrap_err();
    assert_eq!((end.kind(), offset_of(&b)), (io::ErrorKind::WouldBlock, -1));
    let mut bytes = [0; 16];
    assert_eq!(b.recv(&mut bytes).unwrap(), 3, "nothing was taken");
}

/// What [`a_kill_at_any_instant_leaves_no_offset`] kills: looks into the middle of a queue without end.
#[test]
#[ignore = "started by another test"]
fn victim() {
    let Ok(how) = std::env::var("STASIS_TEST_VICTIM") else {
        return;
    };
    let socket = io::stdin();
    let mut buffer = Buffer::new(64);
    let mut ring = (how == "ring").then(|| IoUring::builder().setup_submit_all().build(4).unwrap());
    io::Write::write_all(&mut io::stdout(), b"started\n").unwrap();
    loop {
        let looked = match &mut ring {
            Some(ring) => by_ring(ring, socket.as_fd(), 3, -1, &mut buffer),
            None => by_guardian(socket.as_fd(), 3, -1, &mut buffer),
        };
        assert_eq!(looked.unwrap().data, b"three");
    }
}

#[test]
fn a_kill_at_any_instant_leaves_no_offset() {
    let mut buffer = Buffer::new(64);
    let (_a, b) = queue();
    let ring_works =
        IoUring::new(4).is_ok_and(|mut ring| by_ring(&mut ring, b.as_fd(), 3, -1, &mut buffer).is_ok());
    let mut random = 1u64;
    for how in if ring_works {
        &["ring", "guardian"][..]
    } else {
        &["guardian"]
    } {
        for _ in 0..40 {
            let mut victim = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "--ignored", "--nocapture", "sys::peek::tests::victim"])
                .env("STASIS_TEST_VICTIM", how)
                .stdin(Stdio::from(std::os::fd::OwnedFd::from(b.try_clone().unwrap())))
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut output = io::BufReader::new(victim.stdout.take().unwrap());
            let mut line = String::new();
            while !line.contains("started") {
                line.clear();
                assert!(
                    io::BufRead::read_line(&mut output, &mut line).unwrap() > 0,
                    "the victim ended"
                );
            }
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            std::thread::sleep(Duration::from_micros(random >> 53));
            victim.kill().unwrap();
            victim.wait().unwrap();
            // A guardian outlives the one it guards by a moment, a longer one on a busy machine; a ring has nothing left to do.
            let deadline = Instant::now() + Duration::from_secs(if *how == "ring" { 0 } else { 30 });
            while offset_of(&b) != -1 && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(offset_of(&b), -1, "left behind by the {how}");
        }
    }
}

#[test]
fn bytes_before_descriptors_are_told_from_their_message() {
    let (a, b) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut peeker = Peeker::default();
    let mut buffer = Buffer::new(64);
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    for (before, text) in [("", "f"), ("", "first"), ("plain", "f"), ("more", "last")] {
        io::Write::write_all(&mut &a, before.as_bytes()).unwrap();
        let mut control = rustix::net::SendAncillaryBuffer::new(&mut space);
        let fds = [a.as_fd()];
        assert!(control.push(rustix::net::SendAncillaryMessage::ScmRights(&fds)));
        let parts = [io::IoSlice::new(text.as_bytes())];
        rustix::net::sendmsg(&a, &parts, &mut control, rustix::net::SendFlags::empty()).unwrap();
    }
    let mut offset = 0;
    for (before, text) in [(0, "f"), (0, "first"), (5, "plainf"), (4, "morelast")] {
        for place in [Some(offset)].into_iter().chain((offset == 0).then_some(None)) {
            buffer.reserve(64);
            let received = peeker.look(b.as_fd(), place, -1, &mut buffer).unwrap();
            assert_eq!(
                (received.data.as_slice(), received.fds.len()),
                (text.as_bytes(), 1)
            );
            assert_eq!(
                peeker
                    .glued(b.as_fd(), place, -1, text.len(), &mut buffer)
                    .unwrap(),
                before
            );
        }
        offset += text.len();
    }
}
