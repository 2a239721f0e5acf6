// SPDX-License-Identifier: GPL-2.0-only
use crate::common::{Found, alone, hold, kind, look};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};
use stasis_wire::facts::FileKind;
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
    assert_eq!(
        (kind(of_master), kind(of_slave)),
        (FileKind::TtyMaster, FileKind::TtySlave)
    );
    let node = rustix::fs::fstat(&slave).unwrap();
    let (m, s) = (of_master.tty.as_ref().unwrap(), of_slave.tty.as_ref().unwrap());
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
    assert!(!facts.at(&outside, &slave).tty.as_ref().unwrap().master_in_tree);
}

#[test]
fn unread_data_is_refused_and_left() {
    let _alone = alone();
    let (master, slave) = pair();
    rustix::io::write(&slave, b"out").unwrap();
    let (other_master, other_slave) = pair();
    rustix::io::write(&other_master, b"typed\n").unwrap();
    let mut echo = [0; 16];
    rustix::io::read(&other_master, &mut echo).unwrap();
    let holder = hold(&[&master, &slave, &other_master, &other_slave].map(AsRawFd::as_raw_fd));
    let facts = look(&[&holder]);
    let refused: Vec<_> = facts
        .refusals
        .iter()
        .map(|r| (r.object.clone(), r.cause.split(',').next().unwrap()))
        .collect();
    let fd = |fd: &OwnedFd| format!("fd {}", fd.as_raw_fd());
    assert_eq!(
        refused,
        [
            (fd(&master), "3 bytes wait for the master"),
            (fd(&other_slave), "6 bytes wait for the slave"),
        ]
    );
    let mut bytes = [0; 16];
    let length = rustix::io::read(&master, &mut bytes).unwrap();
    assert_eq!(&bytes[..length], b"out");
    let length = rustix::io::read(&other_slave, &mut bytes).unwrap();
    assert_eq!(&bytes[..length], b"typed\n");
}

#[test]
fn a_slave_whose_master_is_closed_is_hung_up() {
    let _alone = alone();
    let (master, slave) = pair();
    drop(master);
    let holder = hold(&[slave.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert!(facts.at(&holder, &slave).tty.as_ref().unwrap().hung_up);
}
