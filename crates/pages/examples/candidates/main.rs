// SPDX-License-Identifier: GPL-2.0-only
//! Ways of moving 1 GiB of pages between a task and a file, measured against each other: why the
//! pipes of this crate are made as they are.
//!
//! `candidates dump|fill DIR [MIB] [THREADS] [ROUNDS] [PART OF A NAME]`: the best round of each.
#![allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::print_stdout,
    reason = "a measuring program: every pointer given to the kernel is a mapping made here and kept while it is used"
)]

mod child;
mod dump;
mod fill;
mod host;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |at: usize, default| args.get(at).map_or(default, |text| text.parse().unwrap());
    let what = Measured {
        dir: args.get(2).expect("DIR").clone(),
        len: number(3, 1024) << 20,
        threads: number(4, 2),
        rounds: number(5, 3),
        part: args.get(6).cloned().unwrap_or_default(),
    };
    match args[1].as_str() {
        "dump" => dump::main(&what),
        "fill" => fill::main(&what),
        other => panic!("dump or fill, not {other}"),
    }
}

struct Measured {
    dir: String,
    len: usize,
    threads: usize,
    rounds: usize,
    part: String,
}
