// SPDX-License-Identifier: GPL-2.0-only
//! The seed: whole trees grown from it.
//!
//! # Safety
//! Signals go to processes of the tests' own making only, through their pidfds.
#![allow(unsafe_code)]
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "one purpose each")]

mod common;

use std::fs;
use std::os::fd::{AsFd, AsRawFd};

use common::{PATIENCE, POLL, end, free_pid};
use stasis_abi::{Code, ORPHAN_DIES, State, Sys, global};
use stasis_arena::{
    Arena, Builder, Gate, Image, Parent, Spawn, SpawnError, Spawned, Step, Value, blob_size, spawn_seed,
};

const HOLE: u64 = 0x1234_5600_0000;
/// The seed's own address: never free.
const TAKEN: u64 = 0x1_0000;
const PARKING: u64 = 0x10_0000;

fn spawn(arena: &Arena, pid: i32, parent: Parent) -> Result<Spawned, SpawnError> {
    spawn_seed(
        arena,
        &Spawn {
            pid,
            parent,
            stdio: [None; 3],
            keep: &[],
        },
    )
}

fn kill(seed: &Spawned) {
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
fn maps(pid: i32) -> Vec<(u64, u64, String, String)> {
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

fn descriptors(pid: i32) -> Vec<(i32, String)> {
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

fn simple(fill: impl FnOnce(&mut Builder, u32)) -> Image {
    let mut program = Builder::new(ORPHAN_DIES);
    let strand = program.strand(0);
    fill(&mut program, strand);
    program.finish().unwrap()
}

fn planted(image: &Image) -> (Arena, Gate) {
    let arena = Arena::create(image).unwrap();
    arena.set_hole(&[TAKEN, HOLE], PARKING).unwrap();
    let mut gate = Gate::new().unwrap();
    gate.hold(&arena).unwrap();
    (arena, gate)
}

fn settled(arena: &Arena) {
    let done = arena.wait(PATIENCE, POLL, |arena| arena.all(&[State::Parked]));
    assert!(
        done,
        "{:?} {:?} {:?}",
        arena.seed_failure(),
        arena.failure(),
        arena.state(0)
    );
}

/// The kernel's own mappings, as this process has them: name and size in order of address.
fn special() -> Vec<(u64, u64, String)> {
    let names = ["[vvar]", "[vvar_vclock]", "[vdso]"];
    let all = maps(std::process::id() as i32).into_iter();
    all.filter(|(.., name)| names.contains(&name.as_str()))
        .map(|(start, end, _, name)| (start, end - start, name))
        .collect()
}

fn move_to(from: Value, size: u64, to: Value) -> Step {
    const MAYMOVE_FIXED: u64 = 1 | 2;
    Step::call(
        Sys::Mremap,
        &[from, size.into(), size.into(), MAYMOVE_FIXED.into(), to],
    )
}

#[test]
fn a_tree_moves_into_its_own_memory() {
    const KERNEL: u64 = 0x2222_0000_0000;
    const MEMORY: u64 = 0x3333_0000_0000;
    let pids = [free_pid(2), free_pid(3), free_pid(4)];
    let mut program = Builder::new(ORPHAN_DIES);
    let strands = pids.map(|pid| program.strand(pid));
    let (mapped, filled) = (program.barrier(3), program.barrier(4));
    let path = program.text(b"/dev/zero");
    let fd = program.slot(0);
    program.push(
        0,
        Step::call(Sys::Openat, &[(-100_i64).into(), Value::Data(path), 0.into()]).save(fd),
    );
    program.push(
        0,
        Step::call(Sys::Dup3, &[Value::Slot(fd, 0), 100.into(), 0.into()]),
    );
    program.push(0, Step::call(Sys::Close, &[Value::Slot(fd, 0)]));
    for child in &strands[1..] {
        let process = [Value::from(*child), 0.into(), libc::SIGCHLD.into()];
        program.push(
            0,
            Step::new(Code::Process, &process).exact(pids[*child as usize].into()),
        );
    }
    let special = special();
    let kernel = |index: usize| special[index].0 - special[0].0;
    let source = |name: &str| match name {
        "[vdso]" => global::VDSO,
        "[vvar]" => global::VVAR,
        _ => global::VVAR_VCLOCK,
    };
    let parked = |index: usize| Value::Global(global::PARKING, (kernel(index) / 4096) as i32);
    for strand in strands {
        for (index, (_, size, name)) in special.iter().enumerate() {
            program.push(
                strand,
                move_to(Value::Global(source(name), 0), *size, parked(index)),
            );
        }
        let below = [0.into(), Value::Global(global::BELOW_LEN, 0)];
        let above = [
            Value::Global(global::HOLE_END, 0),
            Value::Global(global::ABOVE_LEN, 0),
        ];
        program.push(strand, Step::call(Sys::Munmap, &below));
        program.push(strand, Step::call(Sys::Munmap, &above));
        for (index, (_, size, _)) in special.iter().enumerate() {
            program.push(
                strand,
                move_to(parked(index), *size, (KERNEL + kernel(index)).into()),
            );
        }
        let map = [
            MEMORY.into(),
            0x2000.into(),
            3.into(),
            0x10_0022.into(),
            (-1).into(),
            0.into(),
        ];
        program.push(strand, Step::call(Sys::Mmap, &map).exact(MEMORY as i64));
        program.push(
            strand,
            Step::new(
                Code::Store,
                &[(MEMORY + 8).into(), (u64::from(strand) + 1000).into(), 8.into()],
            ),
        );
        program.push(strand, Step::new(Code::Meet, &[mapped.into()]));
        program.push(strand, Step::new(Code::Meet, &[filled.into()]));
    }
    let image = program.finish().unwrap();
    let (arena, gate) = planted(&image);
    let seed = spawn(&arena, pids[0], Parent::Caller).unwrap();
    assert_eq!(seed.pid, pids[0]);
    let met = arena.wait(PATIENCE, POLL, |arena| {
        arena.is_open(mapped) || arena.failure().is_some()
    });
    assert!(
        met && arena.is_open(mapped),
        "{:?} {:?}",
        arena.seed_failure(),
        arena.failure()
    );
    arena.arrive(filled);
    settled(&arena);

    let object = image.object_size();
    assert_eq!(arena.global(global::HOLE_START), Some(HOLE));
    assert_eq!(arena.global(global::HOLE_END), Some(HOLE + object + PARKING));
    for (index, pid) in pids.into_iter().enumerate() {
        let mut wanted = vec![
            (HOLE, "r-xp"),
            (HOLE + blob_size(), "rw-s"),
            (KERNEL, "r"),
            (MEMORY, "rw-p"),
        ];
        let kernel_end = KERNEL + special.iter().map(|it| it.1).sum::<u64>();
        wanted.dedup();
        for (start, end, perms, name) in maps(pid) {
            if (HOLE + object..HOLE + object + PARKING).contains(&start) {
                assert_eq!(perms, "---p", "parking space");
            } else if (KERNEL..kernel_end).contains(&start) {
                let moved = special
                    .iter()
                    .find(|it| it.2 == name)
                    .expect("one of the kernel's");
                assert_eq!((start - KERNEL, end - start), (moved.0 - special[0].0, moved.1));
            } else {
                let place = wanted.iter().position(|it| *it == (start, &perms)).expect(&name);
                wanted.remove(place);
            }
        }
        assert_eq!(wanted, [(KERNEL, "r")], "mapped in pid {pid}");
        let expected: Vec<_> = [(0, "null"), (1, "null"), (2, "null"), (100, "zero")]
            .map(|(fd, name)| (fd, format!("/dev/{name}")))
            .into();
        assert_eq!(descriptors(pid), expected);
        let mut word = [0; 8];
        let memory = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
        std::os::unix::fs::FileExt::read_exact_at(&memory, &mut word, MEMORY + 8).unwrap();
        assert_eq!(u64::from_le_bytes(word), 1000 + index as u64);
    }
    // The host gives up: all three kill themselves, the children as orphans of the first.
    drop(gate);
    assert_eq!(end(seed.pid), Err(libc::SIGKILL));
}

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
