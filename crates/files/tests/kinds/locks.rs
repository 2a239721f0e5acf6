// SPDX-License-Identifier: GPL-2.0-only
#![allow(unsafe_code)] // Safety: fcntl(2) and flock(2) with live structs.

use crate::common::{Folder, alone, hold, look};
use stasis_wire::facts::LockKind;
use std::fs::File;
use std::os::fd::AsRawFd;

fn lock(file: &File, command: i32, kind: i32, start: i64, length: i64) {
    // SAFETY: zero is a value of the struct.
    let mut setting: libc::flock = unsafe { std::mem::zeroed() };
    setting.l_type = kind as i16;
    (setting.l_start, setting.l_len) = (start, length);
    // SAFETY: a live struct for a live descriptor.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), command, &raw const setting) };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
}

#[test]
fn each_lock_once_and_with_its_owner() {
    let _alone = alone();
    let folder = Folder::new("locks");
    let make = |name: &str| {
        File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(folder.path(name))
            .unwrap()
    };
    let (posix, ofd, flock, lease) = (make("posix"), make("ofd"), make("flock"), make("lease"));
    // Ours: it shows at the children's descriptors, but is not theirs.
    lock(&posix, libc::F_SETLK, libc::F_WRLCK, 0, 10);
    lock(&ofd, libc::F_OFD_SETLK, libc::F_RDLCK, 5, 0);
    // SAFETY: numbers only.
    assert_eq!(unsafe { libc::flock(flock.as_raw_fd(), libc::LOCK_EX) }, 0);
    // SAFETY: numbers only.
    let leased = unsafe { libc::fcntl(lease.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) };
    let fds = [&posix, &ofd, &flock, &lease].map(AsRawFd::as_raw_fd);
    let (one, two) = (hold(&fds), hold(&fds));
    let facts = look(&[&one, &two]);
    let found: Vec<_> = facts
        .locks
        .iter()
        .map(|l| (l.kind(), l.write, l.start, l.length, l.fd))
        .collect();
    let mut expected = vec![
        (LockKind::Ofd, false, 5, 0, ofd.as_raw_fd()),
        (LockKind::Flock, true, 0, 0, flock.as_raw_fd()),
    ];
    if leased == 0 {
        expected.push((LockKind::Lease, true, 0, 0, lease.as_raw_fd()));
    }
    assert_eq!(found, expected);
    assert!(facts.locks.iter().all(|l| l.pid == one.pid && l.description != 0));
    assert_eq!(facts.refusals, []);
}

#[test]
fn a_posix_lock_of_the_task_itself() {
    let _alone = alone();
    let folder = Folder::new("posix");
    let path = folder.path("f");
    let script = format!(
        "import fcntl,time\nf=open({path:?},'w+');g=open({path:?})\n\
         fcntl.lockf(f,fcntl.LOCK_EX,10,20)\nprint('x',flush=True)\ntime.sleep(99)"
    );
    let mut command = std::process::Command::new("python3");
    let Ok(mut child) = command
        .args(["-c", &script])
        .stdout(std::process::Stdio::piped())
        .spawn()
    else {
        eprintln!("skipped: no python3");
        return;
    };
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let pid = child.id() as i32;
    let subject = stasis_files::Subject {
        pid,
        comm: "python3",
        tids: &[pid],
    };
    let facts = stasis_files::survey(
        &[subject],
        &mut stasis_files::Objects::new(),
        &stasis_files::Options::default(),
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let locks: Vec<_> = facts
        .unwrap()
        .locks
        .iter()
        .map(|l| (l.pid, l.kind(), l.write, l.start, l.length))
        .collect();
    assert_eq!(locks, [(pid, LockKind::Posix, true, 20, 10)]);
}
