// SPDX-License-Identifier: GPL-2.0-only
//! Runs strands in ordinary child processes of the test.
//!
//! # Safety
//! The forked child executes nothing but a few instructions that enter the interpreter.
#![allow(unsafe_code)]
#![allow(
    dead_code,
    missing_debug_implementations,
    unreachable_pub,
    reason = "shared by several tests"
)]
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "one purpose each")]

#[cfg_attr(target_arch = "x86_64", path = "arch/x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "arch/aarch64.rs")]
mod arch;
pub mod seed;

use std::os::fd::AsRawFd;
use std::time::Duration;

use stasis_abi::State;
use stasis_arena::{Arena, Gate, Image, blob_size};

pub const SECOND: Duration = Duration::from_secs(1);
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const POLL: Duration = Duration::from_millis(50);

/// An arena with its interpreter, mapped in this process as in a task.
pub struct Task {
    pub arena: Arena,
    pub gate: Option<Gate>,
    pub blob: usize,
    length: usize,
    image: Image,
}

impl Task {
    /// With a gate of its own, closed.
    pub fn new(image: Image) -> Self {
        let mut task = Self::open(image);
        let mut gate = Gate::new().unwrap();
        gate.hold(&task.arena).unwrap();
        task.gate = Some(gate);
        task
    }

    /// With an open gate.
    pub fn open(image: Image) -> Self {
        let arena = Arena::create(&image).unwrap();
        let length = image.object_size() as usize;
        let code = blob_size() as usize;
        let fd = arena.object().as_raw_fd();
        // SAFETY: fresh mappings of the arena's object, laid out as a task has them.
        let blob = unsafe {
            let at = libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                fd,
                0,
            );
            assert_ne!(at, libc::MAP_FAILED);
            assert_eq!(libc::mprotect(at, code, libc::PROT_READ | libc::PROT_EXEC), 0);
            at as usize
        };
        Self {
            arena,
            gate: None,
            blob,
            length,
            image,
        }
    }

    pub fn base(&self) -> usize {
        self.blob + blob_size() as usize
    }

    /// Starts a strand in a new process and gives its pid.
    pub fn start(&self, strand: u32) -> i32 {
        let stack = self.base() + self.image.stack_top(strand) as usize;
        let (entry, base) = (self.blob, self.base());
        // SAFETY: the child goes straight into the interpreter.
        unsafe {
            let pid = libc::fork();
            if pid == 0 {
                arch::enter(entry, base, strand, stack);
            }
            assert!(pid > 0);
            pid
        }
    }

    /// Starts strand 0 and waits until it is in that state.
    pub fn run_to(&self, state: State) -> i32 {
        let pid = self.start(0);
        self.reaches(0, state);
        pid
    }

    pub fn release(&mut self) {
        let gate = self.gate.as_mut().unwrap();
        gate.release(&self.arena);
        assert!(gate.is_empty());
    }

    pub fn reaches(&self, strand: u32, state: State) {
        let there = self
            .arena
            .wait(PATIENCE, POLL, |arena| arena.state(strand) == Some(state));
        let (is, at, failure) = (
            self.arena.state(strand),
            self.arena.at(strand),
            self.arena.failure(),
        );
        assert!(there, "strand {strand} is {is:?} at {at:?}, {failure:?}");
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // SAFETY: the mapping made above.
        unsafe { libc::munmap(self.blob as *mut _, self.length) };
    }
}

/// Waits for the child's end: `Ok(code)` or `Err(signal)`.
pub fn end(pid: i32) -> Result<i32, i32> {
    let mut status = 0;
    // SAFETY: waits for the test's own child.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, libc::__WALL) }, pid);
    if libc::WIFEXITED(status) {
        Ok(libc::WEXITSTATUS(status))
    } else {
        Err(libc::WTERMSIG(status))
    }
}

/// Lets a parked child go, which has no home and therefore kills itself.
pub fn finish(mut task: Task, pid: i32) {
    task.release();
    assert_eq!(end(pid), Err(libc::SIGKILL));
}

/// A pid that is free now, far from where the kernel is counting.
pub fn free_pid(salt: u32) -> i32 {
    let max: u32 = std::fs::read_to_string("/proc/sys/kernel/pid_max")
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let start = (std::process::id() + max / 2) % max + 300;
    (0..1000)
        .map(|step| ((start + salt * 1000 + step) % max) as i32)
        .find(|pid| *pid > 300 && !std::path::Path::new(&format!("/proc/{pid}")).exists())
        .expect("a free pid")
}
