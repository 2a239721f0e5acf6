// SPDX-License-Identifier: GPL-2.0-only
//! The ways home: released by the host, or left alone by its death.
//!
//! # Safety
//! Frames are complete `struct ucontext`s of this architecture that lead to code of this test.
#![cfg(target_arch = "x86_64")]
#![allow(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the host's way to answer")]

mod common;

use std::arch::naked_asm;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use common::{PATIENCE, Task, end};
use stasis_abi::{Code, ORPHAN_DIES, ORPHAN_GOES_HOME, State, Sys};
use stasis_arena::{Arena, Builder, Gate, Step, Value};

/// Where the frame leads: everything goes to the page that `r15` points to, then the mask, then `exit(42)`.
#[unsafe(naked)]
unsafe extern "C" fn landed() {
    naked_asm!(
        "mov [r15], rax",
        "mov [r15 + 8], rbx",
        "mov [r15 + 16], rcx",
        "mov [r15 + 24], rdx",
        "mov [r15 + 32], rsi",
        "mov [r15 + 40], rdi",
        "mov [r15 + 48], rbp",
        "mov [r15 + 56], rsp",
        "mov [r15 + 64], r8",
        "mov [r15 + 72], r9",
        "mov [r15 + 80], r10",
        "mov [r15 + 88], r11",
        "mov [r15 + 96], r12",
        "mov [r15 + 104], r13",
        "mov [r15 + 112], r14",
        "lea rsp, [r15 + 2048]",
        "pushfq",
        "pop [r15 + 120]",
        "mov eax, 14",
        "xor edi, edi",
        "xor esi, esi",
        "lea rdx, [r15 + 128]",
        "mov r10d, 8",
        "syscall",
        "mov eax, 231",
        "mov edi, 42",
        "syscall",
    )
}

/// `struct ucontext`: flags, link, stack, then `struct sigcontext_64`, then the mask
/// (`arch/x86/include/uapi/asm/sigcontext.h`). No floating point state: the initial one.
fn frame(report: u64, mask: u64) -> Vec<u8> {
    let general = |number: u64| 0x5151_0000_0000_0000 + number;
    let mut words = vec![0x2 | 0x4, 0, 0, 2, 0];
    // r8–r14, r15; rdi, rsi, rbp, rbx, rdx, rax, rcx; rsp, rip, flags with carry set.
    words.extend([8, 9, 10, 11, 12, 13, 14].map(general));
    words.push(report);
    words.extend([105, 104, 106, 101, 103, 100, 102].map(general));
    words.extend([general(107), landed as *const () as u64, 0x203]);
    words.push(0x33 | 0x2b << 48);
    words.extend([0; 4 + 1 + 8]);
    words.push(mask);
    words.iter().flat_map(|word: &u64| word.to_le_bytes()).collect()
}

const MASK: u64 = 1 << (libc::SIGUSR2 - 1) | 1 << 33;

/// Two strands with homes; strand 2 never gets through its barrier. With the reports' offsets.
fn homely(orphan: u32) -> (Task, [u64; 2]) {
    let mut program = Builder::new(orphan);
    let all = program.data(&u64::MAX.to_le_bytes(), 8);
    let barrier = program.barrier(100);
    let places: Vec<_> = (0..2)
        .map(|_| {
            let strand = program.strand(0);
            let report = program.alloc(4096, 64);
            let home = program.alloc(frame(0, 0).len(), 64);
            program.push(
                strand,
                Step::call(
                    Sys::RtSigprocmask,
                    &[0.into(), Value::Data(all), 0.into(), 8.into()],
                ),
            );
            program.home(strand, home);
            (report, home)
        })
        .collect();
    let stuck = program.strand(0);
    program.push(stuck, Step::new(Code::Meet, &[barrier.into()]));
    program.home(stuck, places[0].1);
    let task = Task::open(program.finish().unwrap());
    for (report, home) in &places {
        task.arena
            .write(*home, &frame(task.base() as u64 + report, MASK))
            .unwrap();
    }
    (task, [places[0].0, places[1].0])
}

fn held(orphan: u32) -> (Task, [u64; 2]) {
    let (mut task, reports) = homely(orphan);
    let mut gate = Gate::new().unwrap();
    gate.hold(&task.arena).unwrap();
    task.gate = Some(gate);
    (task, reports)
}

fn verify(arena: &Arena, report: u64) {
    let bytes = arena.bytes(report, 136).unwrap();
    let words: Vec<u64> = bytes
        .chunks(8)
        .map(|word| u64::from_le_bytes(word.try_into().unwrap()))
        .collect();
    let general = |number: u64| 0x5151_0000_0000_0000 + number;
    let order = [100, 101, 102, 103, 104, 105, 106, 107, 8, 9, 10, 11, 12, 13, 14];
    assert_eq!(words[..15], order.map(general), "{words:x?}");
    assert_eq!(words[15] & 0x8d5, 1, "flags");
    assert_eq!(words[16], MASK, "signal mask");
}

#[test]
fn a_release_leads_home() {
    let (mut task, [report, _]) = held(ORPHAN_GOES_HOME);
    let pid = task.run_to(State::Parked);
    assert_eq!(task.arena.bytes(report, 8).unwrap(), [0; 8], "still at the gate");
    task.release();
    assert_eq!(end(pid), Ok(42));
    verify(&task.arena, report);
}

#[test]
fn a_gate_that_was_never_closed_leads_home() {
    let (task, [report, _]) = homely(ORPHAN_GOES_HOME);
    assert_eq!(end(task.start(0)), Ok(42));
    verify(&task.arena, report);
}

#[test]
fn a_release_ends_a_meeting() {
    let (mut task, [report, _]) = held(ORPHAN_GOES_HOME);
    let pid = task.start(2);
    task.reaches(2, State::Running);
    task.release();
    assert_eq!(end(pid), Ok(42));
    verify(&task.arena, report);
    assert_eq!(task.arena.state(2), Some(State::Aborted));
}

#[test]
fn gates_are_released_one_by_one() {
    let mut gate = Gate::new().unwrap();
    let tasks: Vec<_> = (0..4).map(|_| homely(ORPHAN_GOES_HOME).0).collect();
    tasks.iter().for_each(|task| gate.hold(&task.arena).unwrap());
    let pids: Vec<_> = tasks.iter().map(|task| task.run_to(State::Parked)).collect();
    for (left, index) in [1, 3, 0, 2].into_iter().enumerate() {
        gate.release(&tasks[index].arena);
        assert_eq!(end(pids[index]), Ok(42));
        assert_eq!(gate.len(), 3 - left);
    }
}

#[test]
fn the_end_of_the_owning_thread_leads_home() {
    let (arena, reports, pids) = std::thread::spawn(|| {
        let (task, reports) = held(ORPHAN_GOES_HOME);
        let pids = [task.start(0), task.start(1)];
        task.reaches(0, State::Parked);
        task.reaches(1, State::Parked);
        let arena = task.arena.clone();
        // As if the thread had been killed: nothing is released by hand.
        std::mem::forget(task);
        (arena, reports, pids)
    })
    .join()
    .unwrap();
    for (pid, report) in pids.into_iter().zip(reports) {
        assert_eq!(end(pid), Ok(42));
        verify(&arena, report);
    }
}

/// Not a test of its own: what the next ones run and kill. Prints the pids of four strands' processes
/// in two arenas, three of them parked, the last one at a barrier.
#[test]
fn host() {
    let Ok(orphan) = std::env::var("STASIS_TEST_HOST") else {
        return;
    };
    let orphan = orphan.parse().unwrap();
    let (first, second) = (homely(orphan).0, homely(orphan).0);
    let mut gate = Gate::new().unwrap();
    gate.hold(&first.arena).unwrap();
    gate.hold(&second.arena).unwrap();
    let pids = [first.start(0), first.start(1), second.start(0), second.start(2)];
    first.reaches(0, State::Parked);
    first.reaches(1, State::Parked);
    second.reaches(0, State::Parked);
    println!("\npids {pids:?}");
    std::thread::sleep(10 * PATIENCE);
}

fn ends_after_host_is_killed(orphan: u32) -> Vec<Result<i32, i32>> {
    // SAFETY: makes this process the parent of the strands that its child leaves behind.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) }, 0);
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "host", "--nocapture"])
        .env("STASIS_TEST_HOST", orphan.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let line = lines
        .map(Result::unwrap)
        .find(|line| line.starts_with("pids "))
        .expect("the host says its pids");
    let numbers = line[5..].trim_matches(['[', ']']).split(", ");
    let pids: Vec<i32> = numbers.map(|number| number.parse().unwrap()).collect();
    host.kill().unwrap();
    host.wait().unwrap();
    pids.into_iter().map(end).collect()
}

#[test]
fn orphans_go_home() {
    assert_eq!(ends_after_host_is_killed(ORPHAN_GOES_HOME), [Ok(42); 4]);
}

#[test]
fn orphans_of_a_restore_die() {
    assert_eq!(ends_after_host_is_killed(ORPHAN_DIES), [Err(libc::SIGKILL); 4]);
}
