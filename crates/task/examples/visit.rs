// SPDX-License-Identifier: GPL-2.0-only
//! Freezes a tree, lets every thread answer one question, and lets it run on; again and again.
//! For watching a target while it happens, and for killing this program in the middle of it.
#![allow(clippy::print_stdout, reason = "a program for people")]
use stasis_abi::Sys;
use stasis_arena::{Gate, Step, Value};
use stasis_kernel_text::maps::{self, Name};
use stasis_task::freeze;
use stasis_task::parasite::{self, Plan};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let root: i32 = args.next().ok_or("usage: visit PID [TIMES]")?.parse()?;
    let times: u32 = args.next().map_or(Ok(1), |times| times.parse())?;
    let mut gate = Gate::new()?;
    for _ in 0..times {
        let begun = Instant::now();
        let mut frozen = freeze(root)?;
        let stopped = begun.elapsed();
        let mut threads = 0;
        for process in frozen.processes.iter_mut().filter(|process| !process.is_zombie()) {
            let text = std::fs::read(format!("/proc/{}/maps", process.pid))?;
            let vdso = maps::iter(&text)
                .flatten()
                .find(|vma| matches!(vma.kind(), Name::Vdso))
                .ok_or("no vdso")?;
            let count = process.threads.len();
            threads += count;
            let plan = Plan::new(process, vdso.start..vdso.end, |builder| {
                for strand in 0..count {
                    let strand = u32::try_from(strand).unwrap_or(0);
                    let out = builder.alloc(24, 8);
                    let slot = builder.slot(strand);
                    builder.push(strand, Step::call(Sys::Gettid, &[]).save(slot));
                    builder.push(
                        strand,
                        Step::call(Sys::Sigaltstack, &[0u64.into(), Value::Data(out)]),
                    );
                }
            })?;
            let visits = parasite::run(&mut [(&mut *process, &plan)], &mut gate)?;
            let visit = &visits[0];
            for (strand, thread) in process.threads.iter().enumerate() {
                let answer = visit.arena.slot(u32::try_from(strand)?, 0);
                if answer != Some(u64::try_from(thread.tid)?) {
                    return Err(format!("thread {} says it is {answer:?}", thread.tid).into());
                }
            }
        }
        let asked = begun.elapsed();
        let processes = frozen.processes.len();
        frozen.release()?;
        println!(
            "{processes} processes, {threads} threads: stopped in {stopped:?}, asked by {asked:?}, released by {:?}",
            begun.elapsed()
        );
    }
    Ok(())
}
