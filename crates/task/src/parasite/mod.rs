// SPDX-License-Identifier: GPL-2.0-only
//! Programs run by stopped processes' own threads.
//!
//! The interpreter and its arena come into a process by one `mmap` (shared anonymous memory, which
//! we map as well) and leave by one `munmap`, both remote calls of the main thread. In between every
//! thread runs its strand and parks at the gate. Contract, should this process die:
//! * a thread not yet sent in has its own registers;
//! * a thread inside finishes its program, finds the gate's owner dead (a robust futex) and goes
//!   home through the `rt_sigreturn` frame that was written beforehand: registers, FPU, mask;
//! * the arena then stays mapped, a few pages that nobody refers to.
//!
//! Several processes are visited at once, step by step: while we are at one, another runs to its next stop. No step of
//! one process depends on another process, so the contract is that of each alone.
mod frame;
mod mapping;
mod no_room;
mod plan;
mod visit;
mod visitor;

use crate::{Process, Result};
use stasis_arena::Gate;
use visitor::Visitor;

pub use plan::Plan;
pub use visit::Visit;

/// Runs one program per thread in each process and returns the arenas with the results, in order. No two of the processes
/// may have one address space, nor may there be more than the gate can hold.
///
/// Afterwards, and on errors too, every thread is as captured and nothing of ours is in any process. Of several errors
/// that of the first process is returned.
pub fn run(batch: &mut [(&mut Process, &Plan)], gate: &mut Gate) -> Result<Vec<Visit>> {
    let mut visitors = Vec::with_capacity(batch.len());
    let mut failed = None;
    for (process, plan) in batch {
        match Visitor::begin(process, plan) {
            Ok(visitor) => visitors.push(visitor),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    if failed.is_none() {
        for (nth, step) in Visitor::IN.into_iter().enumerate() {
            for visitor in &mut visitors {
                visitor.go(nth, step, gate);
            }
        }
    }
    for (nth, step) in Visitor::BACK.into_iter().enumerate() {
        for visitor in &mut visitors {
            visitor.go_back(nth, step, gate);
        }
    }
    let visits = visitors
        .into_iter()
        .map(Visitor::finish)
        .collect::<Result<Vec<_>>>()?;
    failed.map_or(Ok(visits), Err)
}
