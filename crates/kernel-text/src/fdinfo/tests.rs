// SPDX-License-Identifier: GPL-2.0-only
//! Against texts of Linux 6.18 (`tests/data/fdinfo`) and, where older kernels print less, shortened ones.

use super::*;
use crate::locks::{Class, Kind};
use crate::{Dev, Result};
use std::time::Duration;

const HEAD: &str = "pos:\t0\nflags:\t02\nmnt_id:\t17\n";

fn with(tail: &str) -> String {
    HEAD.to_owned() + tail
}

fn kind(text: &str) -> FdKind<'_> {
    let info = parse(text.as_bytes()).unwrap();
    assert_eq!(info.unknown, Vec::<&[u8]>::new());
    info.kind
}

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../tests/data/fdinfo/", $name))
    };
}

#[test]
fn common_lines() {
    let info = parse(sample!("regular").as_bytes()).unwrap();
    assert_eq!((info.pos, info.flags), (5000, 0o2102002));
    assert_eq!((info.mnt_id, info.ino), (27, Some(10004843)));
    assert_eq!((info.kind, info.locks.len()), (FdKind::Plain, 0));
    assert_eq!(parse(sample!("opath").as_bytes()).unwrap().flags, 0o12000000);
    assert_eq!(parse(b"pos:\t-1\nflags:\t00\nmnt_id:\t-1\n").unwrap().ino, None);
}

#[test]
fn eventfds() {
    let eventfd = Eventfd {
        count: 5,
        id: Some(1),
        semaphore: Some(false),
    };
    assert_eq!(kind(sample!("eventfd")), FdKind::Eventfd(eventfd));
    let FdKind::Eventfd(eventfd) = kind(sample!("eventfd-semaphore")) else {
        panic!("no eventfd")
    };
    assert_eq!((eventfd.count, eventfd.semaphore), (3, Some(true)));
    let old = with("eventfd-count: fffffffffffffffe\n");
    let eventfd = Eventfd {
        count: u64::MAX - 1,
        id: None,
        semaphore: None,
    };
    assert_eq!(kind(&old), FdKind::Eventfd(eventfd));
}

#[test]
fn epolls() {
    let FdKind::Epoll(targets) = kind(sample!("epoll")) else {
        panic!("no epoll")
    };
    let first = EpollTarget {
        tfd: 5,
        events: 0xc000_0019,
        data: 5,
        pos: Some(0),
        ino: Some(1038),
        dev: Some(Dev { major: 0, minor: 16 }),
    };
    assert_eq!((targets.len(), targets[0]), (2, first));
    let FdKind::Epoll(targets) = kind(sample!("epoll-nested")) else {
        panic!("no epoll")
    };
    assert_eq!((targets[1].tfd, targets[1].data), (12, -2i64 as u64));
    let old = with("tfd:        5 events:       1d data: ffffffffffffffff \n");
    let FdKind::Epoll(targets) = kind(&old) else {
        panic!("no epoll")
    };
    assert_eq!((targets[0].data, targets[0].ino), (u64::MAX, None));
}

#[test]
fn timerfds() {
    let timerfd = Timerfd {
        clock: 1,
        ticks: 0,
        settime_flags: 0,
        value: Duration::new(1000, 461696),
        interval: Duration::new(5, 0),
    };
    assert_eq!(kind(sample!("timerfd")), FdKind::Timerfd(timerfd));
    let FdKind::Timerfd(timerfd) = kind(sample!("timerfd-absolute")) else {
        panic!("no timerfd")
    };
    assert_eq!((timerfd.clock, timerfd.settime_flags), (0, 3));
    assert_eq!(timerfd.interval, Duration::ZERO);
    let wrong = with("clockid: 0\nit_value: (0, 1000000000)\n");
    assert_eq!(parse(wrong.as_bytes()).unwrap_err().line, 5);
}

#[test]
fn inotifys_and_handles() {
    let FdKind::Inotify(watches) = kind(sample!("inotify")) else {
        panic!("no inotify")
    };
    assert_eq!((watches[0].wd, watches[0].ino, watches[0].mask), (2, 1, 2));
    assert_eq!(
        (watches[1].dev, watches[1].mask),
        (Dev { major: 254, minor: 0 }, 0x3ff)
    );
    let handle = watches[1].handle.unwrap();
    assert_eq!(
        (handle.kind, handle.bytes()),
        (1, Some(vec![0xa3, 0xc4, 3, 0, 0, 0, 0, 0]))
    );
    let bare = with("inotify wd:1 ino:2 sdev:3 mask:4 ignored_mask:0 \n");
    let FdKind::Inotify(watches) = kind(&bare) else {
        panic!("no inotify")
    };
    assert_eq!(watches[0].handle, None);
    let odd = FileHandle {
        kind: 1,
        digits: b"abc",
    };
    assert_eq!(odd.bytes(), None);
}

#[test]
fn fanotifys() {
    let FdKind::Fanotify(group) = kind(sample!("fanotify")) else {
        panic!("no fanotify")
    };
    assert_eq!((group.flags, group.event_flags), (0, 0x8000));
    let dev = Dev { major: 254, minor: 0 };
    assert_eq!(group.marks[0].on, Marked::Filesystem(dev));
    assert_eq!(group.marks[1].on, Marked::Mount(0x1b));
    assert!(matches!(
        group.marks[2].on,
        Marked::Inode {
            ino: 0x3c4a3,
            handle: Some(_),
            ..
        }
    ));
    assert!(group.marks.iter().all(|m| m.mask == 0x20));
}

#[test]
fn kinds_of_one_figure() {
    assert_eq!(kind(sample!("signalfd")), FdKind::Signalfd(0x8000_0000_0000_0201));
    assert_eq!(kind(sample!("pty-master")), FdKind::PtyMaster(0));
    assert_eq!(kind(sample!("unix-socket")), FdKind::UnixSocket(1));
    assert_eq!(kind(sample!("tun")), FdKind::Tun(b""));
    assert_eq!(
        kind(sample!("pidfd")),
        FdKind::Pidfd(Pidfd {
            pid: 15414,
            ns_pids: vec![15414]
        })
    );
    assert_eq!(
        kind(sample!("pidfd-reaped")),
        FdKind::Pidfd(Pidfd {
            pid: -1,
            ns_pids: vec![-1]
        })
    );
}

#[test]
fn kinds_that_are_only_recognized() {
    assert_eq!(kind(sample!("io_uring")), FdKind::IoUring);
    assert_eq!(kind(sample!("userfaultfd")), FdKind::Userfaultfd);
    assert_eq!(kind(sample!("bpf-map")), FdKind::Bpf);
    assert_eq!(kind(sample!("bpf-prog")), FdKind::Bpf);
}

#[test]
fn locks_of_the_descriptor() {
    let classes = |text: &str| -> Vec<_> {
        parse(text.as_bytes())
            .unwrap()
            .locks
            .iter()
            .map(|l| (l.class, l.kind, l.start, l.end))
            .collect()
    };
    let held = [
        (Class::Flock, Kind::Read, 0, None),
        (Class::Posix, Kind::Write, 5, Some(14)),
        (Class::Posix, Kind::Read, 50, None),
    ];
    assert_eq!(classes(sample!("locks")), held);
    assert_eq!(
        classes(sample!("lock-ofd")),
        [(Class::Ofd, Kind::Write, 30, Some(32))]
    );
    assert_eq!(classes(sample!("lease")), [(Class::Lease, Kind::Read, 0, None)]);
}

#[test]
fn unknown_lines_are_kept_and_missing_ones_named() {
    let text = with("eventfd-count: 1\nnew-thing: 7\npos:\t9\n");
    let info = parse(text.as_bytes()).unwrap();
    assert_eq!(info.unknown, [&b"new-thing: 7"[..], b"pos:\t9"]);
    assert_eq!(info.pos, 0);
    let expected = |text: &str| -> Result<()> { parse(text.as_bytes()).map(drop) };
    assert_eq!(
        expected("pos:\t0\nflags:\t02\n").unwrap_err().expected,
        "the line mnt_id"
    );
    assert_eq!(
        expected("flags:\t02\nmnt_id: 3\n").unwrap_err().expected,
        "the line pos"
    );
    assert_eq!(expected("pos:\t0\nflags:\t09x\n").unwrap_err().line, 2);
    assert_eq!(expected(&with("tfd: x\n")).unwrap_err().line, 4);
}
