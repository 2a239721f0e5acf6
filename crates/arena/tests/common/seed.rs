// SPDX-License-Identifier: GPL-2.0-only
//! Seeds with their arenas, and what the kernel says about their processes.

use std::fs;
use std::os::fd::AsRawFd;

use stasis_abi::{ORPHAN_DIES, State};
use stasis_arena::{Arena, Builder, Gate, Image, Parent, Spawn, SpawnError, Spawned, spawn_seed};

use super::{PATIENCE, POLL};

pub const HOLE: u64 = 0x1234_5600_0000;
/// The seed's own address: never free.
pub const TAKEN: u64 = 0x1_0000;
pub const PARKING: u64 = 0x10_0000;

pub fn spawn(arena: &Arena, pid: i32, parent: Parent) -> Result<Spawned, SpawnError> {
    spawn_seed(
        arena,
        &Spawn {
            pid,
            pid_namespace: false,
            parent,
            stdio: [None; 3],
            keep: &[],
        },
    )
}

pub fn kill(seed: &Spawned) {
    // SAFETY: the test's own process, which the pidfd cannot confuse with another.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            seed.pidfd.as_raw_fd(),
            libc::SIGKILL,
            0,
            0,
        )
    };
    assert_eq!(sent, 0);
}

/// `start-end perms name` of each mapping.
pub fn maps(pid: i32) -> Vec<(u64, u64, String, String)> {
    let text = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let hex = |text: &str| u64::from_str_radix(text, 16).unwrap();
    text.lines()
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let (start, end) = words[0].split_once('-').unwrap();
            (hex(start), hex(end), words[1].to_owned(), words[5..].join(" "))
        })
        .filter(|(.., name)| name != "[vsyscall]")
        .collect()
}

pub fn descriptors(pid: i32) -> Vec<(i32, String)> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .map(Result::unwrap);
    let link = |entry: &fs::DirEntry| {
        fs::read_link(entry.path())
            .unwrap()
            .to_string_lossy()
            .into_owned()
    };
    let mut all: Vec<_> = entries
        .map(|entry| (entry.file_name().to_str().unwrap().parse().unwrap(), link(&entry)))
        .collect();
    all.sort();
    all
}

pub fn simple(fill: impl FnOnce(&mut Builder, u32)) -> Image {
    let mut program = Builder::new(ORPHAN_DIES);
    let strand = program.strand(0);
    fill(&mut program, strand);
    program.finish().unwrap()
}

pub fn planted(image: &Image) -> (Arena, Gate) {
    let arena = Arena::create(image).unwrap();
    arena.set_hole(&[TAKEN, HOLE], PARKING).unwrap();
    let mut gate = Gate::new().unwrap();
    gate.hold(&arena).unwrap();
    (arena, gate)
}

pub fn settled(arena: &Arena) {
    let done = arena.wait(PATIENCE, POLL, |arena| arena.all(&[State::Parked]));
    assert!(
        done,
        "{:?} {:?} {:?}",
        arena.seed_failure(),
        arena.failure(),
        arena.state(0)
    );
}
