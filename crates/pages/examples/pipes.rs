// SPDX-License-Identifier: GPL-2.0-only
//! Dump and fill of a task's memory through the pipes of this crate, beside the machine's limits.
//!
//! `pipes DIR [MIB] [ROUNDS]`: best and median rate with 1 and 2 threads.
#![allow(clippy::print_stdout)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use common::{Memory, Task, dump, files, fill, page_size, pattern};
use stasis_pages::{
    DumpPipe, Expected, FillPipe, FillRange, Kind, PageImages, Range, limits, remove_tree, scan,
};

/// Wall and CPU time: the latter says something on a busy machine too.
struct Both(Instant, f64);

impl Both {
    fn now() -> Self {
        Self(Instant::now(), cpu())
    }

    fn elapsed(&self) -> (f64, f64) {
        (self.0.elapsed().as_secs_f64(), cpu() - self.1)
    }
}

fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = args.get(1).expect("DIR");
    let mib: usize = args.get(2).map_or(1024, |text| text.parse().unwrap());
    let rounds = args.get(3).map_or(5, |text| text.parse().unwrap());
    let parent = std::fs::File::open(dir).unwrap();
    let name = format!("stasis-pipes-{}", std::process::id());
    let memory = Memory::anonymous((mib << 20) / page_size());
    let pages = memory.len / page_size();
    let contents: Vec<_> = (0..251).map(pattern).collect();
    (0..pages).for_each(|page| memory.put(page, &contents[page % 251]));
    let task = Task::fork();
    assert!(memory.advise(0..pages, libc::MADV_DONTNEED));
    let (start, end) = (memory.start, memory.start + memory.len as u64);
    let ranges = [Range {
        start,
        end,
        kind: Kind::Anonymous,
        mapped_elsewhere: false,
    }];
    let begun = Instant::now();
    let found = scan(task.pid, &ranges).unwrap();
    println!(
        "scan             {:8.3} ms, {} pages",
        begun.elapsed().as_secs_f64() * 1e3,
        found.pages
    );
    for threads in [1, 2] {
        let mut dumps = Vec::new();
        let mut fills = [Vec::new(), Vec::new()];
        for round in 0..rounds {
            std::fs::create_dir(format!("{dir}/{name}")).unwrap();
            let images = std::fs::File::open(format!("{dir}/{name}")).unwrap();
            let begun = Both::now();
            let pipe =
                DumpPipe::of_task(task.pid, &ranges, std::os::fd::AsFd::as_fd(&images), files()).unwrap();
            let summary = dump(&pipe, threads).unwrap();
            dumps.push(begun.elapsed());
            for (placed, times) in fills.iter_mut().enumerate() {
                let target = Task::fork();
                let begun = Both::now();
                let expected = Expected {
                    pages_size: summary.pages_file.size,
                    pages_crc: summary.pages_file.crc,
                    pages_chunks: Some(summary.pages_chunks.clone()),
                    pagemap_crc: Some(summary.pagemap_file.crc),
                };
                let fd = std::os::fd::AsFd::as_fd(&images);
                let images = PageImages::open(fd, "pages-1.img", "pagemap-5.img", Some(expected)).unwrap();
                let ranges = [FillRange {
                    start,
                    end,
                    kind: Kind::Anonymous,
                }];
                let uffd = (placed == 0).then(|| target.uffd());
                let pipe = FillPipe::into_task(target.memory(), images, &ranges, uffd).unwrap();
                fill(&pipe, threads).unwrap();
                times.push(begun.elapsed());
                assert!(round > 0 || target.figure(start, "Rss:") as usize == mib << 10);
            }
            remove_tree(std::os::fd::AsFd::as_fd(&parent), &name).unwrap();
        }
        let [placed, written] = &mut fills;
        for (what, times) in [
            ("dump", &mut dumps),
            ("fill, placed", placed),
            ("fill, written", written),
        ] {
            times.sort_by(|a, b| a.0.total_cmp(&b.0));
            let rate = |seconds: f64| (mib << 20) as f64 / seconds / 1e9;
            let ((best, _), (median, _)) = (times[0], times[times.len() / 2]);
            let cpu = times.iter().map(|time| time.1).fold(f64::MAX, f64::min);
            println!(
                "{what:16} {threads} threads: best {:5.2} GB/s ({best:.3} s), median {:5.2} GB/s, least CPU {cpu:.3} s",
                rate(best),
                rate(median)
            );
        }
        let fd = std::os::fd::AsFd::as_fd(&parent);
        println!(
            "limits           {threads} threads: memcpy {:.2}, page cache write {:.2}, process_vm_readv {:.2} GB/s",
            limits::memcpy_rate(256 << 20, threads).unwrap() / 1e9,
            limits::write_rate(fd, mib << 20, threads).unwrap() / 1e9,
            limits::readv_rate(512 << 20, threads).unwrap() / 1e9,
        );
    }
}
