// SPDX-License-Identifier: GPL-2.0-only
//! Files with a path, whatever has become of it since.

use crate::common::{Folder, Found, OfKind, alone, hold, kind, look};
use rustix::fs::{Mode, OFlags, open};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

#[test]
fn position_and_flags() {
    let _alone = alone();
    let folder = Folder::new("position");
    fs::write(folder.path("a"), b"0123456789").unwrap();
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .open(folder.path("a"))
        .unwrap();
    file.seek(SeekFrom::Start(7)).unwrap();
    let holder = hold(&[file.as_raw_fd()]);
    let facts = look(&[&holder]);
    let found = facts.at(&holder, &file);
    assert_eq!((kind(found).as_str(), found.pos), ("Regular", 7));
    assert_eq!(
        found.flags as i32 & (libc::O_ACCMODE | libc::O_APPEND),
        libc::O_RDWR | libc::O_APPEND
    );
    let path = found.file.as_ref().unwrap();
    assert_eq!(
        (&path.path, path.deleted, path.size),
        (&folder.bytes("a"), false, 10)
    );
    assert_eq!(
        (found.pid, found.fd, found.nlink),
        (holder.pid, file.as_raw_fd(), 1)
    );
    assert_eq!(facts.tasks[0].fds.len(), 1);
    assert!(facts.tasks[0].fds[0].cloexec, "std opens with O_CLOEXEC");
    assert_eq!(facts.refusals, []);
}

#[test]
fn deleted_in_every_way() {
    let _alone = alone();
    let folder = Folder::new("deleted");
    let make = |name: &str| File::create(folder.path(name)).unwrap();
    fs::create_dir_all(folder.path("deep/deeper")).unwrap();
    let (gone, living, linked, moved, lost) = (
        make("gone"),
        make("living (deleted)"),
        make("linked"),
        make("moved"),
        make("deep/deeper/lost"),
    );
    fs::remove_file(folder.path("gone")).unwrap();
    fs::hard_link(folder.path("linked"), folder.path("other name")).unwrap();
    fs::remove_file(folder.path("linked")).unwrap();
    fs::create_dir(folder.path("elsewhere")).unwrap();
    fs::hard_link(folder.path("moved"), folder.path("elsewhere/moved")).unwrap();
    fs::remove_file(folder.path("moved")).unwrap();
    fs::hard_link(folder.path("deep/deeper/lost"), folder.path("elsewhere/lost")).unwrap();
    fs::remove_file(folder.path("deep/deeper/lost")).unwrap();
    let holder = hold(&[
        gone.as_raw_fd(),
        living.as_raw_fd(),
        linked.as_raw_fd(),
        moved.as_raw_fd(),
        lost.as_raw_fd(),
    ]);
    let facts = look(&[&holder]);
    let of = |file: &File| facts.at(&holder, file).file.clone().unwrap();
    assert_eq!((of(&gone).path, of(&gone).deleted), (folder.bytes("gone"), true));
    assert_eq!(
        (of(&living).path, of(&living).deleted),
        (folder.bytes("living (deleted)"), false)
    );
    assert_eq!(
        (of(&linked).path, of(&linked).deleted),
        (folder.bytes("linked"), true)
    );
    assert_eq!(
        (of(&linked).link, facts.at(&holder, &linked).nlink),
        (folder.bytes("other name"), 1)
    );
    assert_eq!(of(&moved).link, folder.bytes("elsewhere/moved"));
    assert_eq!(facts.refusal().kind, "unlinked file that has other names");
    assert_eq!(facts.refusal().object, format!("fd {}", lost.as_raw_fd()));
}

#[test]
fn directories_and_nameless_files() {
    let _alone = alone();
    let folder = Folder::new("directories");
    fs::create_dir(folder.path("removed")).unwrap();
    let there = File::open(&folder.0).unwrap();
    let removed = File::open(folder.path("removed")).unwrap();
    fs::remove_dir(folder.path("removed")).unwrap();
    let mut nameless = OpenOptions::new()
        .write(true)
        .read(true)
        .custom_flags(libc::O_TMPFILE)
        .open(&folder.0)
        .unwrap();
    nameless.write_all(b"ghost").unwrap();
    let holder = hold(&[there.as_raw_fd(), removed.as_raw_fd(), nameless.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    assert_eq!(kind(facts.at(&holder, &there)), "Directory");
    let removed = facts.at(&holder, &removed);
    assert_eq!(
        (kind(removed).as_str(), removed.file.as_ref().unwrap().deleted),
        ("Directory", true)
    );
    let nameless = facts.at(&holder, &nameless);
    assert_eq!(
        (
            kind(nameless).as_str(),
            nameless.nlink,
            nameless.file.as_ref().unwrap().deleted
        ),
        ("Regular", 0, true)
    );
    assert_eq!(nameless.file.as_ref().unwrap().size, 5);
}

#[test]
fn path_only_descriptors() {
    let _alone = alone();
    let folder = Folder::new("opath");
    fs::write(folder.path("file"), b"x").unwrap();
    std::os::unix::fs::symlink("some/where", folder.path("link")).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.path("fifo"),
        rustix::fs::FileType::Fifo,
        Mode::RWXU,
        0,
    )
    .unwrap();
    let path_only = |name: &str| {
        let path = if name.starts_with('/') {
            name.into()
        } else {
            folder.path(name)
        };
        open(
            path,
            OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .unwrap()
    };
    let names = ["file", "link", "socket", "fifo", "/", "/dev/null"];
    let fds: Vec<_> = names.iter().map(|name| path_only(name)).collect();
    let numbers: Vec<i32> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let holder = hold(&numbers);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let kinds: Vec<_> = fds.iter().map(|fd| kind(facts.at(&holder, fd))).collect();
    assert_eq!(
        kinds,
        [
            "Regular",
            "Symlink",
            "SocketFile",
            "Fifo",
            "Directory",
            "CharacterDevice"
        ]
    );
    assert_eq!(
        facts.at(&holder, &fds[1]).symlink().unwrap().target,
        b"some/where"
    );
    assert!(
        fds.iter()
            .all(|fd| facts.at(&holder, fd).flags as i32 & libc::O_PATH != 0)
    );
}

#[test]
fn devices_without_state_and_files_of_proc() {
    let _alone = alone();
    let names = [
        "/dev/null",
        "/dev/zero",
        "/dev/full",
        "/dev/random",
        "/dev/urandom",
        "/proc/self/status",
    ];
    let mut files: Vec<File> = names.iter().map(|name| File::open(name).unwrap()).collect();
    let mut byte = [0; 10];
    files[5].read_exact(&mut byte).unwrap();
    let holder = hold(&files.iter().map(AsRawFd::as_raw_fd).collect::<Vec<_>>());
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    for file in &files[..5] {
        assert_eq!(kind(facts.at(&holder, file)), "CharacterDevice");
    }
    assert_eq!(facts.at(&holder, &files[0]).rdev, libc::makedev(1, 3));
    let status = facts.at(&holder, &files[5]);
    assert_eq!(
        (kind(status).as_str(), status.fs_magic, status.pos),
        ("Regular", 0x9fa0, 10)
    );
    assert_eq!(
        status.file.as_ref().unwrap().path,
        format!("/proc/{}/status", std::process::id()).into_bytes()
    );
}
