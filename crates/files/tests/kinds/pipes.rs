// SPDX-License-Identifier: GPL-2.0-only
use crate::common::{Folder, Found, OfKind, alone, hold, kind, look};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use stasis_wire::facts::Pipe;
use std::os::fd::{AsRawFd, OwnedFd};

fn pipe(flags: PipeFlags) -> (OwnedFd, OwnedFd) {
    pipe_with(flags | PipeFlags::CLOEXEC).unwrap()
}

fn write(fd: &OwnedFd, text: &[u8]) {
    assert_eq!(rustix::io::write(fd, text).unwrap(), text.len());
}

#[test]
fn contents_stay_and_are_copied_once() {
    let _alone = alone();
    let (reader, writer) = pipe(PipeFlags::empty());
    fcntl_setpipe_size(&writer, 1 << 20).unwrap();
    let text: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).take(1 << 20).collect();
    // Pieces of odd sizes; bytes in order; full to the brim of its slots.
    for piece in text[..900_000].chunks(4095) {
        write(&writer, piece);
    }
    let holder = hold(&[reader.as_raw_fd(), writer.as_raw_fd()]);
    for _ in 0..2 {
        let facts = look(&[&holder]);
        assert_eq!(facts.refusals, []);
        let found = facts.at(&holder, &reader);
        let pipe = found.pipe().unwrap();
        assert_eq!(
            (kind(found).as_str(), pipe.capacity, pipe.data.len()),
            ("Pipe", 1 << 20, 900_000)
        );
        assert!(pipe.data == text[..900_000] && pipe.packets.is_empty());
        let other = facts.at(&holder, &writer);
        assert_eq!(
            other.pipe().unwrap(),
            &Pipe {
                data: Vec::new(),
                ..pipe.clone()
            }
        );
        assert_eq!(found.pipe().unwrap().number, other.pipe().unwrap().number);
    }
    let mut back = vec![0; 1 << 20];
    let mut length = 0;
    while length < 900_000 {
        length += rustix::io::read(&reader, &mut back[length..]).unwrap();
    }
    assert!(
        back[..length] == text[..900_000],
        "the pipe itself still holds every byte"
    );
}

#[test]
fn packets_keep_their_bounds() {
    let _alone = alone();
    let (reader, writer) = pipe(PipeFlags::DIRECT);
    for text in [&b"one"[..], b"three", &[7; 4096]] {
        write(&writer, text);
    }
    let (lone_reader, lone_writer) = pipe(PipeFlags::DIRECT);
    write(&lone_writer, b"single");
    let fds = [&reader, &writer, &lone_reader, &lone_writer].map(AsRawFd::as_raw_fd);
    let holder = hold(&fds);
    let facts = look(&[&holder]);
    let pipe = facts.at(&holder, &reader).pipe().cloned().unwrap();
    assert_eq!((pipe.packets, pipe.data.len()), (vec![3, 5, 4096], 4104));
    assert_eq!(facts.at(&holder, &lone_reader).pipe().unwrap().packets, [6]);
    assert_eq!(
        facts.at(&holder, &writer).flags as i32 & libc::O_DIRECT,
        libc::O_DIRECT
    );
}

/// The flags of the writers tell nothing: they may have changed since, and be others at another description.
#[test]
fn packets_and_bytes_may_lie_behind_one_another() {
    let _alone = alone();
    let direct = |fd: &OwnedFd, on: bool| {
        let flags = rustix::fs::fcntl_getfl(fd).unwrap() - OFlags::DIRECT;
        let mode = if on { OFlags::DIRECT } else { OFlags::empty() };
        rustix::fs::fcntl_setfl(fd, flags | mode).unwrap();
    };
    let packets: [&[(bool, usize)]; 9] = [
        &[(true, 1)],
        &[(true, 6)],
        &[(false, 1), (true, 1)],
        &[(true, 1), (false, 1)],
        &[(true, 3), (false, 5000), (true, 1), (true, 7), (false, 2)],
        &[(false, 4096), (true, 4096), (true, 4096)],
        &[(false, 4096), (true, 1)],
        &[(false, 65536)],
        &[(true, 4096); 16],
    ];
    for parts in packets {
        let (reader, writer) = pipe(PipeFlags::empty());
        let (mut sum, mut text) = (0, Vec::new());
        for &(packet, length) in parts {
            // Or else the kernel joins a packet with bytes before it that do not fill their page.
            if packet && sum > 0 && sum % 4096 != 0 {
                let (bytes, into) = pipe(PipeFlags::empty());
                write(&into, &[sum as u8]);
                rustix::pipe::tee(&bytes, &writer, 1, rustix::pipe::SpliceFlags::empty()).unwrap();
                text.push(sum as u8);
            }
            direct(&writer, packet);
            let piece = vec![length as u8; length];
            write(&writer, &piece);
            text.extend(piece);
            sum = if packet { 0 } else { sum + length };
        }
        direct(&writer, false);
        let holder = hold(&[reader.as_raw_fd(), writer.as_raw_fd()]);
        let found = look(&[&holder]).at(&holder, &reader).pipe().cloned().unwrap();
        assert!(found.data == text, "{parts:?}");
        let told: Vec<(bool, usize)> = (0..)
            .zip(&found.packets)
            .map(|(i, &length)| (!found.plain.contains(&i), length as usize))
            .collect();
        let mut expected: Vec<(bool, usize)> = Vec::new();
        let mut plain = 0;
        for &(packet, length) in parts {
            if packet {
                if plain > 0 {
                    expected.push((false, plain + usize::from(plain % 4096 != 0)));
                }
                expected.push((true, length));
                plain = 0;
            } else {
                plain += length;
            }
        }
        if plain > 0 && !expected.is_empty() {
            expected.push((false, plain));
        }
        assert_eq!(told, expected, "{parts:?}");
    }
}

#[test]
fn an_end_outside_is_refused_a_closed_one_is_not() {
    let _alone = alone();
    let (reader, writer) = pipe(PipeFlags::empty());
    let (unread, _) = pipe(PipeFlags::empty());
    let (_, unwritten) = pipe(PipeFlags::empty());
    let holder = hold(&[reader.as_raw_fd(), unread.as_raw_fd(), unwritten.as_raw_fd()]);
    let other = hold(&[writer.as_raw_fd()]);
    drop(writer);
    let facts = look(&[&holder]);
    let refusal = facts.refusal();
    assert_eq!(
        (refusal.kind.as_str(), refusal.pid),
        ("pipe to outside the tree", holder.pid)
    );
    assert_eq!(refusal.object, format!("fd {}", reader.as_raw_fd()));
    assert!(facts.at(&holder, &reader).pipe().unwrap().writer_outside);
    assert_eq!(look(&[&holder, &other]).refusals, []);
    drop(reader);
    let facts = look(&[&other]);
    assert_eq!(
        facts.refusal().cause,
        "its reading end is held by a process that is not dumped with it"
    );
}

#[test]
fn fifos_with_data() {
    let _alone = alone();
    let folder = Folder::new("fifo");
    for name in ["there", "gone"] {
        mknodat(CWD, folder.path(name), FileType::Fifo, Mode::RWXU, 0).unwrap();
    }
    let both = |name| open(folder.path(name), OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let (there, gone) = (both("there"), both("gone"));
    let writer = open(
        folder.path("there"),
        OFlags::WRONLY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .unwrap();
    std::fs::remove_file(folder.path("gone")).unwrap();
    write(&there, b"unread");
    write(&gone, b"ghost");
    let holder = hold(&[there.as_raw_fd(), gone.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let found = facts.at(&holder, &there);
    assert_eq!(
        (kind(found).as_str(), found.pipe().unwrap().data.as_slice()),
        ("Fifo", &b"unread"[..])
    );
    assert_eq!(found.file.as_ref().unwrap().path, folder.bytes("there"));
    let found = facts.at(&holder, &gone);
    assert_eq!(
        (
            found.file.as_ref().unwrap().deleted,
            found.pipe().unwrap().data.len()
        ),
        (true, 5)
    );
    let only_writer = hold(&[writer.as_raw_fd()]);
    assert_eq!(look(&[&only_writer]).refusal().kind, "FIFO with unread data");
}
