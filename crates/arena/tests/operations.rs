// SPDX-License-Identifier: GPL-2.0-only
//! Single operations, run in an ordinary process.

mod common;

use common::{Task, finish};
use stasis_abi::{Code, ORPHAN_DIES, ORPHAN_GOES_HOME, State, Sys};
use stasis_arena::{Builder, Step, Value};

const EBADF: i32 = 9;

#[test]
fn results_go_to_slots() {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    let (pid_slot, parent_slot) = (program.slot(strand), program.slot(strand));
    program.push(strand, Step::call(Sys::Getpid, &[]).save(pid_slot));
    program.push(strand, Step::call(Sys::Getppid, &[]).save(parent_slot));
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Parked);
    assert_eq!(task.arena.slot(0, pid_slot), Some(pid as u64));
    assert_eq!(
        task.arena.slot(0, parent_slot),
        Some(u64::from(std::process::id()))
    );
    assert_eq!(task.arena.at(0), Some(2));
    assert_eq!(task.arena.failure(), None);
    finish(task, pid);
}

#[test]
fn descriptors_written_by_a_call_are_loaded() {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    let pair = program.alloc(8, 4);
    let (message, answer) = (program.data(b"through a pipe", 1), program.alloc(64, 1));
    let length = program.slot(strand);
    program.push(
        strand,
        Step::call(Sys::Pipe2, &[Value::Data(pair), 0.into()]).exact(0),
    );
    program.push(
        strand,
        Step::call(
            Sys::Write,
            &[Value::Load32(pair + 4), Value::Data(message), 14.into()],
        )
        .exact(14),
    );
    program.push(
        strand,
        Step::call(Sys::Read, &[Value::Load32(pair), Value::Data(answer), 64.into()]).save(length),
    );
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Parked);
    assert_eq!(task.arena.slot(0, length), Some(14));
    assert_eq!(task.arena.bytes(answer, 15).unwrap(), b"through a pipe\0");
    finish(task, pid);
}

#[test]
fn a_failure_names_its_operation() {
    for (step, good) in [
        (Step::call(Sys::Close, &[(-1_i32).into()]), false),
        (Step::call(Sys::Close, &[(-1_i32).into()]).any(), true),
        (Step::call(Sys::Close, &[(-1_i32).into()]).exact(-9), true),
        (Step::call(Sys::Close, &[(-1_i32).into()]).exact(0), false),
        (Step::call(Sys::Close, &[(-1_i32).into()]).ok_or(-9), true),
        (Step::call(Sys::Close, &[(-1_i32).into()]).ok_or(-22), false),
    ] {
        let mut program = Builder::new(ORPHAN_GOES_HOME);
        let strand = program.strand(0);
        program.push(strand, Step::call(Sys::Getpid, &[]).why(7));
        program.push(strand, step.why(8));
        program.push(strand, Step::call(Sys::Getpid, &[]).why(9));
        let task = Task::new(program.finish().unwrap());
        let pid = task.run_to(if good { State::Parked } else { State::Failed });
        let failure = task.arena.failure();
        assert_eq!(failure.is_none(), good, "{step:?}");
        if let Some(failure) = failure {
            assert_eq!((failure.strand, failure.op, failure.why), (0, 1, 8));
            assert_eq!((failure.errno(), failure.call), (Some(EBADF), Some("close")));
        }
        finish(task, pid);
    }
}

#[test]
fn an_unknown_operation_fails() {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    program.push(strand, Step::new(Code::Meet, &[0.into()]));
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Failed);
    assert_eq!(
        task.arena.failure().unwrap().errno(),
        Some(22),
        "there is no barrier 0"
    );
    finish(task, pid);
}

#[test]
fn slots_and_globals_take_part_in_sums() {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    let number = program.data(&0x1122_3344_5566_7788_u64.to_le_bytes(), 8);
    let negative = program.data(&(-5_i32).to_le_bytes(), 4);
    let values = [
        (Value::Imm(40), 40),
        (Value::Slot(0, 2), 42),
        (Value::Slot(0, -41), u64::MAX),
        (Value::Load(number), 0x1122_3344_5566_7788),
        (Value::Load32(negative), (-5_i64) as u64),
        (Value::Global(stasis_abi::global::FREE, 3), 3 << 12),
        (Value::Global(stasis_abi::global::FREE, -1), (-4096_i64) as u64),
        // No such slot: 0, and no memory of another strand.
        (Value::Slot(999, 0), 0),
    ];
    for (value, _) in values {
        let slot = program.slot(strand);
        program.push(strand, Step::new(Code::Set, &[value]).any().save(slot));
    }
    let base = program.slot(strand);
    program.push(strand, Step::new(Code::Set, &[Value::Data(0)]).save(base));
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Parked);
    for (slot, (value, wanted)) in values.into_iter().enumerate() {
        assert_eq!(task.arena.slot(0, slot as u16), Some(wanted), "{value:?}");
    }
    assert_eq!(task.arena.slot(0, base), Some(task.base() as u64));
    finish(task, pid);
}

#[test]
fn times_are_made_earlier() {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    let time = |seconds: i64, rest: i64| [seconds.to_le_bytes(), rest.to_le_bytes()].concat();
    let cases = [
        ((5, 100), 50, (5, 50)),
        ((5, 100), 101, (4, 999_999_999)),
        ((5, 0), 2_500_000_000, (2, 500_000_000)),
        ((5, 0), 5_000_000_000, (0, 1)),
        ((5, 0), u64::MAX >> 1, (0, 1)),
    ];
    let mut slots = Vec::new();
    for ((seconds, rest), less, _) in cases {
        let at = program.data(&time(seconds, rest), 8);
        program.push(
            strand,
            Step::new(Code::Earlier, &[Value::Data(at), less.into()]).exact(0),
        );
        for half in [at, at + 8] {
            let slot = program.slot(strand);
            program.push(strand, Step::new(Code::Set, &[Value::Load(half)]).save(slot));
            slots.push(slot);
        }
    }
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Parked);
    for (slots, (_, less, (seconds, rest))) in slots.chunks(2).zip(cases) {
        let is = (task.arena.slot(0, slots[0]), task.arena.slot(0, slots[1]));
        assert_eq!(is, (Some(seconds), Some(rest)), "{less} ns earlier");
    }
    finish(task, pid);
}

#[test]
fn stores_and_compares() {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    let room = program.data(&[0xff; 32], 8);
    let wanted = program.data(&[0xff, 0x88, 0xff, 0x88, 0x77, 0xff, 0xff], 1);
    let store = |at: u64, value: u64, size: u64| {
        Step::new(Code::Store, &[Value::Data(room + at), value.into(), size.into()]).exact(0)
    };
    for (at, size) in [(1, 1), (3, 2), (8, 4), (17, 8)] {
        program.push(strand, store(at, 0x1122_3344_5566_7788, size));
    }
    let same = program.slot(strand);
    let different = program.slot(strand);
    let compare = |length: u64| {
        Step::new(
            Code::Compare,
            &[Value::Data(room), Value::Data(wanted), length.into()],
        )
    };
    program.push(strand, compare(7).save(same));
    let changed = program.data(&[0xff, 0x88, 0xff, 0], 1);
    program.push(
        strand,
        Step::new(
            Code::Compare,
            &[Value::Data(room), Value::Data(changed), 4.into()],
        )
        .save(different),
    );
    program.push(strand, store(0, 0, 3).exact(-22));
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Parked);
    let mut expected = [0xff; 32];
    expected[1] = 0x88;
    expected[3..5].copy_from_slice(&[0x88, 0x77]);
    expected[8..12].copy_from_slice(&[0x88, 0x77, 0x66, 0x55]);
    expected[17..25].copy_from_slice(&0x1122_3344_5566_7788_u64.to_le_bytes());
    assert_eq!(task.arena.bytes(room, 32).unwrap(), expected);
    assert_eq!(
        (task.arena.slot(0, same), task.arena.slot(0, different)),
        (Some(0), Some(4))
    );
    finish(task, pid);
}

/// Duplicates a descriptor until its number is the wanted one, or not more than so many times.
fn open_until(wanted: u64, bound: u64, last: State) -> Option<u64> {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    let (fd, count) = (program.slot(strand), program.slot(strand));
    program.push(
        strand,
        Step::call(Sys::CloseRange, &[100.into(), u32::MAX.into(), 0.into()]),
    );
    // fcntl(0, F_DUPFD, at least one more than the last): counts up through all numbers that are free.
    let first = program.push(
        strand,
        Step::call(Sys::Fcntl, &[0.into(), 0.into(), Value::Slot(fd, 1)])
            .any()
            .save(fd),
    );
    program.push(
        strand,
        Step::new(
            Code::Until,
            &[
                first.into(),
                Value::Slot(fd, 0),
                wanted.into(),
                bound.into(),
                u32::from(count).into(),
            ],
        )
        .exact(0),
    );
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(last);
    if last == State::Failed {
        assert_eq!(task.arena.failure().unwrap().errno(), Some(40));
    }
    let result = task.arena.slot(0, count);
    finish(task, pid);
    result
}

#[test]
fn repeats_until() {
    let rounds = open_until(300, 1000, State::Parked).unwrap();
    assert!((50..300).contains(&rounds), "{rounds}");
    assert_eq!(open_until(300, 5, State::Failed), Some(5));
}

#[test]
fn an_abort_stops_at_the_next_operation() {
    let mut program = Builder::new(ORPHAN_DIES);
    let strand = program.strand(0);
    let barrier = program.barrier(2);
    program.push(strand, Step::new(Code::Meet, &[barrier.into()]));
    program.push(strand, Step::call(Sys::ExitGroup, &[1.into()]));
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Running);
    assert!(
        !task
            .arena
            .wait(common::POLL * 4, common::POLL, |arena| arena.state(0)
                != Some(State::Running))
    );
    task.arena.abort();
    task.reaches(0, State::Aborted);
    assert_eq!(task.arena.failure(), None, "nobody failed");
    finish(task, pid);
}
