// SPDX-License-Identifier: GPL-2.0-only
//! Bringing pages back.

mod common;

use common::{Dumped, Memory, Task, TempDir, all, fill, page_size, pattern};
use stasis_pages::{FillPipe, FillRange, Kind};

/// Forked, the memory is there twice; dropped of all content, the second is a fresh one at the same addresses.
fn dumped_and_emptied(memories: Vec<(Memory, Vec<FillRange>)>) -> (Dumped, Task, Vec<Memory>) {
    let mut ranges: Vec<_> = memories.iter().flat_map(|(_, ranges)| ranges.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    let original = Task::fork();
    let dumped = Dumped::of(&original, ranges);
    let memories: Vec<_> = memories.into_iter().map(|(memory, _)| memory).collect();
    for memory in &memories {
        assert!(memory.advise(0..memory.len / page_size(), libc::MADV_DONTNEED));
    }
    (dumped, Task::fork(), memories)
}

fn odd_memory() -> Vec<(Memory, Vec<FillRange>)> {
    let sparse = Memory::anonymous(9000);
    (0..9000)
        .filter(|p| p % 11 < 6 || p % 900 < 300)
        .for_each(|page| sparse.put(page, &pattern(page as u64)));
    let protected = Memory::anonymous(900);
    (0..900)
        .filter(|p| p % 4 != 1)
        .for_each(|page| protected.put(page, &pattern(7 * page as u64)));
    protected.protect(100..300, libc::PROT_NONE);
    protected.protect(300..500, libc::PROT_READ);
    // Too few pages to be placed, among those that are.
    (0..900)
        .filter(|p| p % 4 == 1 && *p > 860)
        .for_each(|page| protected.put(page, &pattern(page as u64)));
    let part = |from, to| FillRange {
        start: protected.at(from),
        end: protected.at(to),
        kind: Kind::Anonymous,
    };
    let parts = vec![part(0, 100), part(100, 300), part(300, 500), part(500, 900)];
    let dir = TempDir::new();
    dir.write("file", &pattern(9).repeat(60));
    let file = std::fs::File::open(dir.path.join("file")).unwrap().into();
    let private = Memory::of_file(&file, 60);
    (10..30).for_each(|page| private.put(page, &pattern(5000 + page as u64)));
    private.put(40, &vec![0; page_size()]);
    private.protect(0..60, libc::PROT_READ | libc::PROT_EXEC);
    let text = all(&private, Kind::FilePrivate);
    let whole = all(&sparse, Kind::Anonymous);
    let stack = Memory::growing_down(200);
    (80..200).for_each(|page| stack.put(page, &pattern(page as u64)));
    let grown = all(&stack, Kind::Anonymous);
    vec![
        (sparse, whole),
        (protected, parts),
        (private, text),
        (stack, grown),
    ]
}

fn round_trip(placed: bool, threads: usize) {
    let (dumped, task, memories) = dumped_and_emptied(odd_memory());
    let flags: Vec<_> = memories
        .iter()
        .map(|memory| task.vm_flags(memory.start))
        .collect();
    let uffd = placed.then(|| task.uffd());
    let pipe = FillPipe::into_task(task.memory(), dumped.open().unwrap(), &dumped.ranges, uffd).unwrap();
    let filled = fill(&pipe, threads).unwrap();
    assert_eq!(
        (filled.bytes, filled.crc),
        (dumped.summary.bytes, dumped.summary.pages_file.crc)
    );
    assert_eq!(
        (pipe.bytes_done(), pipe.bytes_total()),
        (filled.bytes, filled.bytes)
    );
    let after: Vec<_> = memories
        .iter()
        .map(|memory| task.vm_flags(memory.start))
        .collect();
    assert_eq!(flags, after, "mappings look different");
    let again = Dumped::of(&task, dumped.ranges.clone());
    assert!(
        again.dir.read("pages-1.img") == dumped.dir.read("pages-1.img"),
        "pages differ"
    );
    assert_eq!(again.summary.pagemap_file.crc, dumped.summary.pagemap_file.crc);
    assert_eq!(
        again.summary.zero_pages, 0,
        "memory was populated that has no content"
    );
    let sparse = task.figure(memories[0].start, "Rss:") as usize / (page_size() / 1024);
    assert_eq!(sparse, (0..9000).filter(|p| p % 11 < 6 || p % 900 < 300).count());
}

#[test]
fn what_was_dumped_is_what_is_placed() {
    round_trip(true, 4);
}

#[test]
fn what_was_dumped_is_what_is_written_without_userfaultfd() {
    round_trip(false, 3);
}

#[test]
fn pages_already_there_are_written_over() {
    let memory = Memory::anonymous(1000);
    (0..1000).for_each(|page| memory.put(page, &pattern(page as u64)));
    let ranges = all(&memory, Kind::Anonymous);
    let dumped = Dumped::of(&Task::fork(), ranges);
    assert!(memory.advise(0..1000, libc::MADV_DONTNEED));
    // Some as content, some as the shared zero page; shared with us by the fork, so that they are copied on write.
    (0..1000)
        .filter(|p| p % 100 == 3)
        .for_each(|page| memory.put(page, b"something else"));
    (0..1000)
        .filter(|p| p % 100 == 50)
        .for_each(|page| _ = memory.touch(page));
    let task = Task::fork();
    let pipe = FillPipe::into_task(
        task.memory(),
        dumped.open().unwrap(),
        &dumped.ranges,
        Some(task.uffd()),
    )
    .unwrap();
    fill(&pipe, 2).unwrap();
    let again = Dumped::of(&task, dumped.ranges.clone());
    assert_eq!(again.summary.pages_file.crc, dumped.summary.pages_file.crc);
    assert_eq!(
        (memory.touch(3), memory.touch(50)),
        (b's', 0),
        "the other task's pages changed"
    );
}

#[test]
fn a_range_may_be_split_while_it_is_filled() {
    let memory = Memory::anonymous(100);
    (0..100).for_each(|page| memory.put(page, &pattern(page as u64)));
    let ranges = all(&memory, Kind::Anonymous);
    let dumped = Dumped::of(&Task::fork(), ranges);
    assert!(memory.advise(0..100, libc::MADV_DONTNEED));
    memory.protect(30..40, libc::PROT_NONE);
    let task = Task::fork();
    let pipe = FillPipe::into_task(
        task.memory(),
        dumped.open().unwrap(),
        &dumped.ranges,
        Some(task.uffd()),
    )
    .unwrap();
    fill(&pipe, 2).unwrap();
    let again = Dumped::of(&task, dumped.ranges.clone());
    assert_eq!(again.summary.pages_file.crc, dumped.summary.pages_file.crc);
}

/// The vdso of this process, which a fork has at the same address.
fn vdso() -> FillRange {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| line.ends_with("[vdso]")).unwrap();
    let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
    let address = |text| u64::from_str_radix(text, 16).unwrap();
    FillRange {
        start: address(start),
        end: address(end),
        kind: Kind::Kernel,
    }
}

#[test]
fn the_kernels_code_is_stored_whole_and_passed_over() {
    let memory = Memory::anonymous(100);
    (10..20).for_each(|page| memory.put(page, &pattern(page as u64)));
    let (code, mut ranges) = (vdso(), all(&memory, Kind::Anonymous));
    ranges.push(code);
    ranges.sort_by_key(|range| range.start);
    let (dumped, task, _memories) = dumped_and_emptied(vec![(memory, ranges)]);
    let pages = (code.end - code.start) / page_size() as u64;
    assert_eq!(dumped.summary.pages, 10 + pages);
    let stored = dumped.dir.read("pages-1.img");
    let elf = stored
        .chunks(page_size())
        .position(|page| page.starts_with(b"\x7fELF"));
    let first = if dumped.ranges[0] == code { 0 } else { 10 };
    assert_eq!(elf, Some(first));
    let pipe = FillPipe::into_task(
        task.memory(),
        dumped.open().unwrap(),
        &dumped.ranges,
        Some(task.uffd()),
    )
    .unwrap();
    fill(&pipe, 1).unwrap();
    assert_eq!(task.figure(code.start, "Private_Dirty"), 0, "it was written to");
    let again = Dumped::of(&task, dumped.ranges.clone());
    assert_eq!(again.summary.pages_file.crc, dumped.summary.pages_file.crc);
}
