// SPDX-License-Identifier: GPL-2.0-only
//! Primitives on a stopped task: take hold of a tree, read and write registers, make system calls
//! in a task's name, run programs inside it — each so that the task goes on unharmed should this
//! process die at any instant.
//!
//! The order of registers, signal mask and memory writes in [`remote`] and [`parasite`] is the
//! substance of that promise; ARCHITECTURE.md, "A remote call that cures itself", has the proof.
#![deny(unsafe_code)]

pub mod arch;
mod asleep;
mod control;
mod error;
mod memory;
pub mod parasite;
mod procfs;
mod ptrace;
pub mod remote;
mod restarted;
mod rseq;
mod seize;
mod sleep;
mod slot;
mod stop;
mod thread;
mod unfit;
mod untouched;

pub use error::{ErrorKind, Result, TaskError};
pub use memory::{Memory, RemoteAddress};
pub use procfs::{children, comm, leader_of, stat, tasks_of, tracer_of};
pub use ptrace::RseqConfiguration;
pub use seize::{Frozen, Process, freeze};
pub use slot::Slot;
pub use stop::Stop;
pub use thread::{Captured, Thread};
