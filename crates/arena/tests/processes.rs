// SPDX-License-Identifier: GPL-2.0-only
//! Processes and threads made by a program, their meetings and their ends.

mod common;

use common::{PATIENCE, POLL, Task, end, finish, free_pid};
use stasis_abi::{Code, ORPHAN_DIES, ORPHAN_GOES_HOME, State, Sys};
use stasis_arena::{Arena, Builder, Step, Value};

const SIGCHLD: u64 = libc::SIGCHLD as u64;
const P_PID: u64 = 1;
const WEXITED: u64 = 4;

fn process(strand: u32, exit_signal: u64) -> Step {
    Step::new(Code::Process, &[strand.into(), 0.into(), exit_signal.into()])
}

fn exit(code: u64, signal: i32) -> Step {
    Step::new(Code::Exit, &[code.into(), signal.into()])
}

/// `waitid(P_PID, pid, info, WEXITED, NULL)`.
fn wait_for(pid: Value, info: u64) -> Step {
    Step::call(
        Sys::Waitid,
        &[P_PID.into(), pid, Value::Data(info), WEXITED.into(), 0.into()],
    )
}

#[test]
fn ends_by_code_and_by_signal() {
    for (code, signal, wanted) in [
        (0, 0, Ok(0)),
        (42, 0, Ok(42)),
        (0, libc::SIGTERM, Err(libc::SIGTERM)),
        (0, libc::SIGKILL, Err(libc::SIGKILL)),
        (0, libc::SIGUSR1, Err(libc::SIGUSR1)),
        (0, 40, Err(40)),
    ] {
        let mut program = Builder::new(ORPHAN_DIES);
        let strand = program.strand(0);
        // All blocked and all ignored: must not save it.
        let mask = program.data(&u64::MAX.to_le_bytes(), 8);
        let action = program.data(&[1_u64, 0, 0, 0].map(u64::to_le_bytes).concat(), 8);
        let set = |how: u64| {
            Step::call(
                Sys::RtSigprocmask,
                &[how.into(), Value::Data(mask), 0.into(), 8.into()],
            )
        };
        program.push(strand, set(0));
        if signal != 0 && signal != libc::SIGKILL {
            program.push(
                strand,
                Step::call(
                    Sys::RtSigaction,
                    &[signal.into(), Value::Data(action), 0.into(), 8.into()],
                ),
            );
        }
        program.push(strand, exit(code, signal));
        let task = Task::new(program.finish().unwrap());
        let pid = task.run_to(State::Exited);
        assert_eq!(end(pid), wanted);
    }
}

#[test]
fn an_exit_that_does_not_end_it_is_a_failure() {
    let mut program = Builder::new(ORPHAN_GOES_HOME);
    let strand = program.strand(0);
    program.push(strand, exit(0, libc::SIGURG).exact(-1));
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Failed);
    finish(task, pid);
}

#[test]
fn three_processes_meet() {
    let mut program = Builder::new(ORPHAN_DIES);
    let strands = [program.strand(0), program.strand(0), program.strand(0)];
    // The three of them, then the three and the host, then one signals the others.
    let (all, filled, told) = (program.barrier(3), program.barrier(4), program.barrier(1));
    let mark = program.alloc(4, 4);
    let info = program.alloc(128, 8);
    let seen: Vec<u16> = strands.iter().map(|strand| program.slot(*strand)).collect();
    let children = [program.slot(strands[0]), program.slot(strands[0])];
    program.push(strands[0], process(1, SIGCHLD).save(children[0]));
    program.push(strands[0], process(2, SIGCHLD).save(children[1]));
    program.push(
        strands[0],
        Step::new(Code::Store, &[Value::Data(mark), 77.into(), 4.into()]),
    );
    for (strand, seen) in strands.into_iter().zip(&seen) {
        program.push(strand, Step::new(Code::Meet, &[all.into()]));
        program.push(strand, Step::new(Code::Set, &[Value::Load32(mark)]).save(*seen));
        program.push(strand, Step::new(Code::Meet, &[filled.into()]));
    }
    program.push(strands[1], Step::new(Code::Arrive, &[told.into()]));
    program.push(strands[2], Step::new(Code::Wait, &[told.into()]));
    program.push(strands[1], exit(11, 0));
    program.push(strands[2], exit(12, 0));
    program.push(strands[0], wait_for(Value::Slot(children[0], 0), info).exact(0));
    program.push(strands[0], wait_for(Value::Slot(children[1], 0), info).exact(0));
    let task = Task::new(program.finish().unwrap());
    let pid = task.start(0);
    assert!(task.arena.wait(PATIENCE, POLL / 10, |arena| arena.is_open(all)));
    assert!(!task.arena.wait(POLL * 4, POLL, |arena| arena.is_open(filled)
        || arena.state(1) == Some(State::Exited)));
    task.arena.arrive(filled);
    task.reaches(0, State::Parked);
    assert!(task.arena.all(&[State::Parked, State::Exited]));
    for (strand, seen) in seen.iter().enumerate() {
        assert_eq!(
            task.arena.slot(strand as u32, *seen),
            Some(77),
            "strand {strand} came too early"
        );
    }
    // si_status of the second child.
    assert_eq!(task.arena.bytes(info + 24, 4).unwrap(), 12_i32.to_le_bytes());
    finish(task, pid);
}

#[test]
fn a_failure_stops_the_others() {
    let mut program = Builder::new(ORPHAN_DIES);
    let (parent, child) = (program.strand(0), program.strand(0));
    let barrier = program.barrier(3);
    program.push(parent, process(child, SIGCHLD));
    program.push(parent, Step::new(Code::Meet, &[barrier.into()]));
    program.push(child, Step::call(Sys::Getpid, &[]));
    program.push(child, Step::call(Sys::Chdir, &[0.into()]).why(31));
    let task = Task::new(program.finish().unwrap());
    let pid = task.start(0);
    task.reaches(1, State::Failed);
    task.reaches(0, State::Aborted);
    let failure = task.arena.failure().unwrap();
    assert_eq!(
        (failure.strand, failure.op, failure.why, failure.errno()),
        (1, 1, 31, Some(14))
    );
    finish(task, pid);
}

#[test]
fn processes_and_threads_get_their_ids() {
    let (pid, tid) = (free_pid(0), free_pid(1));
    let mut program = Builder::new(ORPHAN_DIES);
    let (root, child, thread) = (program.strand(0), program.strand(pid), program.strand(tid));
    let met = program.barrier(2);
    let root_slots = [program.slot(root)];
    let child_slots = [program.slot(child), program.slot(child)];
    let thread_slots = [program.slot(thread), program.slot(thread)];
    let info = program.alloc(128, 8);
    program.push(
        root,
        process(child, SIGCHLD).exact(pid.into()).save(root_slots[0]),
    );
    program.push(
        child,
        Step::call(Sys::Getpid, &[])
            .exact(pid.into())
            .save(child_slots[0]),
    );
    program.push(
        child,
        Step::new(Code::Thread, &[thread.into()])
            .exact(tid.into())
            .save(child_slots[1]),
    );
    program.push(child, Step::new(Code::Meet, &[met.into()]));
    program.push(
        thread,
        Step::call(Sys::Getpid, &[])
            .exact(pid.into())
            .save(thread_slots[0]),
    );
    program.push(
        thread,
        Step::call(Sys::Gettid, &[])
            .exact(tid.into())
            .save(thread_slots[1]),
    );
    program.push(thread, Step::new(Code::Meet, &[met.into()]));
    // A thread that parks while its process goes on and ends.
    program.push(child, Step::call(Sys::Getppid, &[]));
    program.push(child, exit(5, 0));
    program.push(root, wait_for(pid.into(), info).exact(0));
    let task = Task::new(program.finish().unwrap());
    let test_child = task.run_to(State::Parked);
    assert_eq!(task.arena.slot(root, root_slots[0]), Some(pid as u64));
    assert_eq!(task.arena.slot(thread, thread_slots[1]), Some(tid as u64));
    finish(task, test_child);
}

#[test]
fn a_taken_id_is_a_failure() {
    let mut program = Builder::new(ORPHAN_DIES);
    let root = program.strand(0);
    let child = program.strand(std::process::id() as i32);
    program.push(root, process(child, SIGCHLD).why(5));
    let task = Task::new(program.finish().unwrap());
    let pid = task.run_to(State::Failed);
    assert_eq!(task.arena.failure().unwrap().errno(), Some(17));
    finish(task, pid);
}

#[test]
fn an_id_that_comes_free_in_a_moment_is_waited_for() {
    // A second is waited at most: where this thread loses the processor for so long, the id comes free too late.
    assert!((0..5).any(|_| an_id_that_comes_free_is_waited_for()));
}

/// False where the wait was over before the id came free.
fn an_id_that_comes_free_is_waited_for() -> bool {
    let mut passer_by = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let taken = passer_by.id() as i32;
    let mut program = Builder::new(ORPHAN_DIES);
    let (root, child) = (program.strand(0), program.strand(taken));
    let made = program.slot(root);
    let info = program.alloc(128, 8);
    program.push(root, process(child, SIGCHLD).exact(taken.into()).save(made));
    program.push(child, exit(5, 0));
    program.push(root, wait_for(taken.into(), info).exact(0));
    let task = Task::new(program.finish().unwrap());
    let pid = task.start(0);
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(
        task.arena.slot(root, made),
        Some(0),
        "nothing can be made while the pid is taken"
    );
    passer_by.kill().unwrap();
    passer_by.wait().unwrap();
    let over = |arena: &Arena| matches!(arena.state(0), Some(State::Parked | State::Failed));
    assert!(task.arena.wait(PATIENCE, POLL, over));
    let failure = task.arena.failure();
    match &failure {
        None => assert_eq!(task.arena.slot(root, made), Some(taken as u64)),
        Some(failure) => assert_eq!(failure.errno(), Some(libc::EEXIST)),
    }
    finish(task, pid);
    failure.is_none()
}

#[test]
fn a_hundred_threads_park() {
    let mut program = Builder::new(ORPHAN_DIES);
    let root = program.strand(0);
    for _ in 0..100 {
        let thread = program.strand(0);
        program.push(root, Step::new(Code::Thread, &[thread.into()]));
    }
    let task = Task::new(program.finish().unwrap());
    let pid = task.start(0);
    assert!(
        task.arena
            .wait(PATIENCE, POLL, |arena| arena.all(&[State::Parked]))
    );
    assert_eq!(
        std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().count(),
        101
    );
    finish(task, pid);
}
