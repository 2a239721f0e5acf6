// SPDX-License-Identifier: GPL-2.0-only
//! A whole tree grown from the seed, which replaces all memory of each of its processes.

mod common;

use std::fs;

use common::seed::{HOLE, PARKING, descriptors, maps, planted, settled, spawn};
use common::{PATIENCE, POLL, end, free_pid};
use stasis_abi::{Code, ORPHAN_DIES, Sys, global};
use stasis_arena::{Builder, Parent, Step, Value, blob_size};

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
