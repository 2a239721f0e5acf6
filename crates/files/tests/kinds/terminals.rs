// SPDX-License-Identifier: GPL-2.0-only
use crate::common::{Found, OfKind, alone, hold, kind, look};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};
use stasis_wire::facts::TtyEnd;
use std::os::fd::{AsRawFd, OwnedFd};

fn pair() -> (OwnedFd, OwnedFd) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = open(
        name,
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .unwrap();
    (master, slave)
}

#[test]
fn a_pair_and_its_settings() {
    let _alone = alone();
    let (master, slave) = pair();
    let mut settings = tcgetattr(&slave).unwrap();
    settings.local_modes &= !LocalModes::ECHO;
    tcsetattr(&slave, OptionalActions::Now, &settings).unwrap();
    tcsetwinsize(
        &slave,
        Winsize {
            ws_row: 11,
            ws_col: 22,
            ws_xpixel: 33,
            ws_ypixel: 44,
        },
    )
    .unwrap();
    let holder = hold(&[master.as_raw_fd(), slave.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let (of_master, of_slave) = (facts.at(&holder, &master), facts.at(&holder, &slave));
    assert_eq!([kind(of_master), kind(of_slave)], ["Tty", "Tty"]);
    let node = rustix::fs::fstat(&slave).unwrap();
    let (m, s) = (of_master.tty().unwrap(), of_slave.tty().unwrap());
    assert_eq!((m.end(), s.end()), (TtyEnd::Master, TtyEnd::Slave));
    assert_eq!((m.index, m.devpts), (s.index, node.st_dev));
    assert_eq!(
        (s.devpts, s.index),
        (node.st_dev, rustix::fs::minor(node.st_rdev))
    );
    assert!(s.master_in_tree && !m.locked && !m.packet && !m.exclusive && !s.hung_up);
    assert_eq!(s.winsize, [11u16, 22, 33, 44].map(u16::to_ne_bytes).concat());
    assert_eq!((s.termios.len(), &s.termios), (44, &m.termios));
    let local = u32::from_ne_bytes(s.termios[12..16].try_into().unwrap());
    assert_eq!(local, settings.local_modes.bits());
    let outside = hold(&[slave.as_raw_fd()]);
    let facts = look(&[&outside]);
    assert_eq!(facts.refusals, []);
    assert!(!facts.at(&outside, &slave).tty().unwrap().master_in_tree);
}

#[test]
fn unread_data_is_seen_and_left() {
    let _alone = alone();
    let (master, slave) = pair();
    rustix::io::write(&slave, b"out\n").unwrap();
    // Cooked: two lines, an end of file, and a line that is not finished.
    let (lines_master, lines_slave) = pair();
    let mut settings = tcgetattr(&lines_slave).unwrap();
    settings.local_modes &= !LocalModes::ECHO;
    tcsetattr(&lines_slave, OptionalActions::Now, &settings).unwrap();
    rustix::io::write(&lines_master, b"one\ntwo\r\x04half").unwrap();
    // More than the line discipline takes, and a pair whose slave is not open.
    let (full_master, full_slave) = pair();
    let text: Vec<u8> = (0..9_000u32).map(|n| b'a' + (n % 23) as u8).collect();
    rustix::io::write(&full_slave, &text).unwrap();
    let (lone_master, lone_slave) = pair();
    drop(lone_slave);
    rustix::io::write(&lone_master, b"ahead\n").unwrap();
    let masters = [&master, &lines_master, &full_master, &lone_master];
    let mut fds: Vec<i32> = masters.map(AsRawFd::as_raw_fd).to_vec();
    fds.extend([&slave, &lines_slave, &full_slave].map(AsRawFd::as_raw_fd));
    let holder = hold(&fds);
    let facts = look(&[&holder]);
    let tty = |fd: &OwnedFd| facts.at(&holder, fd).tty().cloned().unwrap();
    if facts.refusals.is_empty() {
        assert_eq!(
            (tty(&master).output.as_slice(), tty(&master).input.len()),
            (&b"out\r\n"[..], 0)
        );
        assert_eq!(tty(&lines_master).input, b"one\ntwo\n\0half");
        assert_eq!(tty(&lines_master).input_ends, [3, 7, 8]);
        assert!(tty(&full_master).output == text);
        assert_eq!(tty(&lone_master).input, b"ahead\n");
    } else {
        eprintln!("without a way to see the data: {}", facts.refusals[0].cause);
        assert_eq!(facts.refusals[0].kind, "pseudo-terminal with unread data");
        assert_eq!(facts.refusals[0].object, format!("fd {}", master.as_raw_fd()));
    }
    let mut bytes = vec![0; 30_000];
    let mut length = 0;
    while length < 5 {
        length += rustix::io::read(&master, &mut bytes[length..]).unwrap();
    }
    assert_eq!(&bytes[..length], b"out\r\n");
    for line in [&b"one\n"[..], b"two\n", b""] {
        let length = rustix::io::read(&lines_slave, &mut bytes).unwrap();
        assert_eq!(&bytes[..length], line);
    }
    let mut length = 0;
    while length < text.len() {
        length += rustix::io::read(&full_master, &mut bytes[length..]).unwrap();
    }
    assert!(bytes[..length] == text);
}

#[test]
fn a_slave_whose_master_is_closed_is_hung_up() {
    let _alone = alone();
    let (master, slave) = pair();
    drop(master);
    let holder = hold(&[slave.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert!(facts.at(&holder, &slave).tty().unwrap().hung_up);
}
