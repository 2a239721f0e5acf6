// SPDX-License-Identifier: GPL-2.0-only
//! Which descriptors are one description, and what whole tasks share.

use crate::common::{EVERYTHING, Folder, Found, alone, hold, hold_with, look};
use stasis_files::{Objects, Options, Subject, survey};
use std::fs::File;
use std::os::fd::AsRawFd;

#[test]
fn inherited_and_duplicated_are_one_opened_twice_are_two() {
    let _alone = alone();
    let folder = Folder::new("sharing");
    let a = File::create(folder.path("f")).unwrap();
    let duplicate = a.try_clone().unwrap();
    let b = File::options().write(true).open(folder.path("f")).unwrap();
    let fds = [a.as_raw_fd(), duplicate.as_raw_fd(), b.as_raw_fd()];
    let (one, two) = (hold(&fds), hold(&fds[..1]));
    let facts = look(&[&one, &two]);
    assert_eq!(facts.descriptions.len(), 2);
    let id = |holder, file: &File| facts.at(holder, file).id;
    assert_eq!((id(&one, &a), id(&one, &duplicate), id(&two, &a)), (1, 1, 1));
    assert_eq!(id(&one, &b), 2);
    assert!(
        facts
            .tasks
            .iter()
            .all(|t| t.files_shared_with == 0 && t.fs_shared_with == 0)
    );
}

#[test]
fn what_clone_shares() {
    let _alone = alone();
    let keep = [File::open("/dev/null").unwrap()];
    let first = hold(&[keep[0].as_raw_fd()]);
    // Shares with us, not with `first`; two of them share with each other.
    let files = [0, 1].map(|_| hold_with(libc::CLONE_FILES | libc::SIGCHLD, &[]));
    let fs = [0, 1].map(|_| hold_with(libc::CLONE_FS | libc::SIGCHLD, &[keep[0].as_raw_fd()]));
    let facts = look(&[&first, &files[0], &files[1], &fs[0], &fs[1]]);
    let shared: Vec<_> = facts
        .tasks
        .iter()
        .map(|t| (t.files_shared_with, t.fs_shared_with))
        .collect();
    let expected = [(0, 0), (0, 0), (files[0].pid, 0), (0, 0), (0, fs[0].pid)];
    assert_eq!(shared, expected);
    assert_eq!(facts.tasks[1].fds, facts.tasks[2].fds);
    assert!(facts.tasks[1].fds.len() > 1);
    assert!(
        facts
            .tasks
            .iter()
            .all(|t| t.memory_shared_with == 0 && t.sighand_shared_with == 0)
    );
}

#[test]
fn threads_that_left_their_table_are_refused() {
    let _alone = alone();
    let script = "import ctypes,threading,time\n\
        def away():\n  ctypes.CDLL(None).unshare(0x400); print(threading.get_native_id(), flush=True); time.sleep(99)\n\
        threading.Thread(target=away).start()\n";
    let mut command = std::process::Command::new("python3");
    command
        .args(["-c", script])
        .stdout(std::process::Stdio::piped())
        .stdin(std::process::Stdio::null());
    let Ok(mut child) = command.spawn() else {
        eprintln!("skipped: no python3");
        return;
    };
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let (pid, tid) = (child.id() as i32, line.trim().parse::<i32>().unwrap());
    let subject = Subject {
        pid,
        comm: "python3",
        tids: &[pid, tid],
    };
    let facts = survey(&[subject], &mut Objects::new(), &Options::default()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let refusal = facts
        .refusals
        .iter()
        .find(|r| r.object == format!("thread {tid}"))
        .expect("a refusal");
    assert_eq!(
        (refusal.kind.as_str(), refusal.comm.as_str()),
        ("thread with a descriptor table of its own", "python3")
    );
}

#[test]
fn a_zombie_holds_nothing() {
    let _alone = alone();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = child.id() as i32;
    while !std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .unwrap()
        .contains(") Z")
    {
        std::thread::yield_now();
    }
    let subject = Subject {
        pid,
        comm: "true",
        tids: &[],
    };
    let facts = survey(&[subject], &mut Objects::new(), &EVERYTHING).unwrap();
    child.wait().unwrap();
    assert!(facts.tasks[0].fds.is_empty() && facts.refusals.is_empty());
}
