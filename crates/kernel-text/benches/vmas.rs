// SPDX-License-Identifier: GPL-2.0-only
//! 100 000 VMAs: what parsing them adds to a freeze, and what `procfs-core` would add.

use procfs_core::FromBufRead;
use procfs_core::process::MemoryMaps;
use stasis_kernel_text::{maps, smaps};
use std::hint::black_box;
use std::time::Instant;

const VMAS: u64 = 100_000;
const RUNS: usize = 11;

const FIGURES: &[&str] = &[
    "Size",
    "KernelPageSize",
    "MMUPageSize",
    "Rss",
    "Pss",
    "Pss_Dirty",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "KSM",
    "LazyFree",
    "AnonHugePages",
    "ShmemPmdMapped",
    "FilePmdMapped",
    "Shared_Hugetlb",
    "Private_Hugetlb",
    "Swap",
    "SwapPss",
    "Locked",
];

fn header(i: u64) -> String {
    let start = 0x7f00_0000_0000 + i * 0x2000;
    let range = format!("{:x}-{:x}", start, start + 0x1000);
    match i % 4 {
        0 => format!(
            "{range} r-xp 0001f000 fe:00 1000{:<20}/usr/lib/x86_64-linux-gnu/libexample.so.6\n",
            i % 10_000
        ),
        _ => format!("{range} rw-p 00000000 00:00 0 \n"),
    }
}

fn block(i: u64) -> String {
    let figures = FIGURES
        .iter()
        .map(|key| format!("{:<16}{:>8} kB\n", format!("{key}:"), i % 5 * 4));
    header(i) + &figures.collect::<String>() + "THPeligible:           0\nVmFlags: rd wr mr mw me ac sd \n"
}

/// The best and the median of some runs, in milliseconds. On a machine with other work the best tells more.
fn time(mut run: impl FnMut() -> usize) -> String {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(black_box(run()) as u64, VMAS);
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    format!("best {:.1} ms, median {:.1} ms", times[0], times[RUNS / 2])
}

#[expect(clippy::print_stdout, reason = "a bench reports there")]
fn main() {
    let maps_text: String = (0..VMAS).map(header).collect();
    let smaps_text: String = (0..VMAS).map(block).collect();
    for (name, text) in [("maps", maps_text.as_bytes()), ("smaps", smaps_text.as_bytes())] {
        println!("{name} of {VMAS} VMAs, {} KiB", text.len() >> 10);
        let (stream, list) = if name == "maps" {
            (
                time(|| maps::iter(text).filter(Result::is_ok).count()),
                time(|| maps::parse(text).unwrap().len()),
            )
        } else {
            (
                time(|| smaps::iter(text).filter(Result::is_ok).count()),
                time(|| smaps::parse(text).unwrap().len()),
            )
        };
        println!("  one by one:  {stream}\n  as a list:   {list}");
        println!(
            "  procfs-core: {}",
            time(|| MemoryMaps::from_buf_read(text).unwrap().len())
        );
    }
}
