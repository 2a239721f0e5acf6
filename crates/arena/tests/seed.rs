// SPDX-License-Identifier: GPL-2.0-only
//! How the seed starts, and how it fails.
//!
//! # Safety
//! Calls change this test's own process only.
#![allow(unsafe_code)]
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "one purpose each")]

mod common;

use std::fs;
use std::os::fd::{AsFd, AsRawFd};

use common::seed::{PARKING, TAKEN, descriptors, kill, planted, settled, simple, spawn};
use common::{PATIENCE, POLL, end, free_pid};
use stasis_abi::{Code, ORPHAN_DIES, State, Sys};
use stasis_arena::{Builder, Parent, Spawn, SpawnError, Step, spawn_seed};

#[test]
fn signals_and_descriptors_start_afresh() {
    let image = simple(|_, _| {});
    let (arena, _gate) = planted(&image);
    let extra = fs::File::open("/dev/zero").unwrap();
    // SAFETY: changes that a forked child would inherit: an ignored and a blocked signal, an open descriptor.
    unsafe {
        libc::signal(libc::SIGUSR1, libc::SIG_IGN);
        libc::fcntl(extra.as_raw_fd(), libc::F_SETFD, 0);
        let mut set = std::mem::zeroed();
        libc::sigaddset(&raw mut set, libc::SIGUSR2);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
    }
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let stdio = [None, Some(full.as_fd()), None];
    let keep = [(extra.as_fd(), 7), (full.as_fd(), 4)];
    let how = Spawn {
        pid_namespace: false,
        pid: 0,
        parent: Parent::Caller,
        stdio,
        keep: &keep,
    };
    let seed = spawn_seed(&arena, &how).unwrap();
    settled(&arena);
    let status = fs::read_to_string(format!("/proc/{}/status", seed.pid)).unwrap();
    for field in ["SigBlk", "SigIgn", "SigCgt"] {
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        assert!(line.ends_with("\t0000000000000000"), "{line}");
    }
    let names = ["null", "full", "null", "full", "zero"].map(|name| format!("/dev/{name}"));
    assert_eq!(
        descriptors(seed.pid),
        [0, 1, 2, 4, 7].into_iter().zip(names).collect::<Vec<_>>()
    );
    assert_eq!(fs::read(format!("/proc/{}/environ", seed.pid)).unwrap(), b"");
    // And the caller's own are as before.
    let own = fs::read_to_string("/proc/thread-self/status").unwrap();
    assert!(
        own.contains(&format!("SigBlk:\t{:016x}", 1 << (libc::SIGUSR2 - 1))),
        "{own}"
    );
    kill(&seed);
    assert_eq!(end(seed.pid), Err(libc::SIGKILL));
}

#[test]
fn an_adopted_seed_is_no_child() {
    // SAFETY: makes this process the one that adopts.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) }, 0);
    let parent = std::process::id();
    let image = simple(|program, strand| {
        let slot = program.slot(strand);
        program.push(
            strand,
            Step::call(Sys::Getppid, &[]).exact(parent.into()).save(slot),
        );
    });
    let (arena, _gate) = planted(&image);
    let pid = free_pid(5);
    let seed = spawn(&arena, pid, Parent::Adopted).unwrap();
    assert_eq!(seed.pid, pid);
    settled(&arena);
    kill(&seed);
    assert_eq!(end(pid), Err(libc::SIGKILL));
    // Its end was announced by the pidfd too.
    let mut poll = libc::pollfd {
        fd: seed.pidfd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one structure of this frame.
    assert_eq!(unsafe { libc::poll(&raw mut poll, 1, 0) }, 1);
}

#[test]
fn a_taken_pid_is_named() {
    let image = simple(|_, _| {});
    for parent in [Parent::Caller, Parent::Adopted] {
        let (arena, _gate) = planted(&image);
        let pid = std::process::id() as i32;
        let comm = fs::read_to_string("/proc/self/comm")
            .unwrap()
            .trim_end()
            .to_owned();
        let error = spawn(&arena, pid, parent).unwrap_err();
        assert_eq!(
            error,
            SpawnError::PidTaken {
                pid,
                holder: Some(comm)
            }
        );
    }
}

#[test]
fn no_room_is_told() {
    let image = simple(|_, _| {});
    let (arena, _gate) = planted(&image);
    arena.set_hole(&[TAKEN], PARKING).unwrap();
    let seed = spawn(&arena, 0, Parent::Caller).unwrap();
    assert!(arena.wait(PATIENCE, POLL, |arena| arena.seed_failure().is_some()));
    assert_eq!(end(seed.pid), Ok(102));
    let failure = arena.seed_failure().unwrap();
    assert_eq!(
        (failure.errno, arena.failure()),
        (Some(libc::EEXIST), None),
        "{failure}"
    );
    assert_eq!(arena.state(0), Some(State::Failed));
}

#[test]
fn a_thousand_strands_are_placed() {
    let mut program = Builder::new(ORPHAN_DIES);
    let root = program.strand(0);
    for _ in 0..999 {
        let thread = program.strand(0);
        program.push(root, Step::new(Code::Thread, &[thread.into()]));
    }
    let (arena, gate) = planted(&program.finish().unwrap());
    let seed = spawn(&arena, 0, Parent::Caller).unwrap();
    settled(&arena);
    drop(gate);
    assert_eq!(end(seed.pid), Err(libc::SIGKILL));
}
