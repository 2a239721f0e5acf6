// SPDX-License-Identifier: GPL-2.0-only
//! Operations on descriptors, run in an ordinary process.

mod common;

use common::{Task, finish};
use stasis_abi::{Code, ORPHAN_GOES_HOME, State, Sys};
use stasis_arena::{Builder, Step, Value};

const EBADF: i32 = 9;

/// Makes the lowest free number, and moves it: elsewhere, or to where it is already.
#[test]
fn moves_descriptors() {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    let (made, there, gone, flag) = (
        program.slot(strand),
        program.slot(strand),
        program.slot(strand),
        program.slot(strand),
    );
    let open = || Step::call(Sys::Eventfd2, &[0.into(), 0.into()]);
    let flag_of = |fd: u32| Step::call(Sys::Fcntl, &[fd.into(), 1.into()]).any();
    program.push(
        strand,
        Step::call(Sys::CloseRange, &[90.into(), u32::MAX.into(), 0.into()]),
    );
    program.push(strand, open().save(made));
    program.push(
        strand,
        Step::new(Code::Move, &[Value::Slot(made, 0), 95.into(), 0o2_000_000.into()])
            .exact(95)
            .save(there),
    );
    program.push(
        strand,
        Step::call(Sys::Fcntl, &[Value::Slot(made, 0), 1.into()])
            .any()
            .save(gone),
    );
    program.push(strand, flag_of(95).exact(1));
    program.push(
        strand,
        Step::new(Code::Move, &[95.into(), 95.into(), 0.into()]).exact(95),
    );
    program.push(strand, flag_of(95).exact(0).save(flag));
    program.push(
        strand,
        Step::new(Code::Move, &[99.into(), 99.into(), 0.into()]).exact(-i64::from(EBADF)),
    );
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Parked);
    let slot = |at| task.arena.slot(0, at).map(|value| value as i64);
    assert_eq!((slot(there), slot(flag)), (Some(95), Some(0)));
    assert_eq!(slot(gone), Some(-i64::from(EBADF)));
    finish(task, pid);
}
