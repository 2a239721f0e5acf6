// SPDX-License-Identifier: GPL-2.0-only
//! Dumping tasks whose memory is known.

mod common;

use std::time::Duration;

use common::{Memory, Task, TempDir, dump, dump_task, files, page_size, pattern};
use stasis_pages::{DumpPipe, ErrorKind, Kind, PageImages, Range, Span, scan, scan_entries};

fn range(memory: &Memory, kind: Kind) -> Range {
    Range {
        start: memory.start,
        end: memory.start + memory.len as u64,
        kind,
        mapped_elsewhere: false,
    }
}

#[test]
fn sparse_memory_is_stored_in_order_without_zero_pages() {
    sparse_memory_is_stored_in(&TempDir::new());
    if let Some(dir) = TempDir::in_memory(1 << 30) {
        sparse_memory_is_stored_in(&dir);
    }
}

/// Of this thread.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The version of this one.
fn kernel() -> (u32, u32) {
    let name = rustix::system::uname();
    let release = name.release().to_string_lossy();
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|n| n.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

fn sparse_memory_is_stored_in(dir: &TempDir) {
    let memory = Memory::anonymous(20_000);
    let mut expected = Vec::new();
    let mut stored = 0;
    for page in (0..20_000).filter(|p| p % 97 < 41 || p % 1000 < 3) {
        if page % 5 == 2 {
            memory.put(page, &[0; 64]);
            continue;
        }
        let mut content = pattern(page as u64);
        // Content at the very end of a page only is content too.
        if page % 7 == 0 {
            let last = content.len() - 1;
            content[..last].fill(0);
            content[last] = 1;
        }
        memory.put(page, &content);
        expected.extend(content);
        stored += 1;
    }
    let task = Task::fork();
    let summary = dump_task(&task, &[range(&memory, Kind::Anonymous)], dir);
    assert!(dir.read("pages-1.img") == expected, "pages differ");
    assert_eq!((summary.pages, summary.bytes), (stored, expected.len() as u64));
    assert_eq!(summary.pages_file.crc, crc32fast::hash(&expected));
    assert_eq!(
        summary.pagemap_file.crc,
        crc32fast::hash(&dir.read("pagemap-5.img"))
    );
    assert!(summary.zero_pages > 1000 && summary.guards.is_empty());
    let images = PageImages::open(dir.fd(), "pages-1.img", "pagemap-5.img", None).unwrap();
    assert_eq!(
        (images.pages(), images.entries() as u64),
        (stored, summary.entries)
    );
}

#[test]
fn a_full_memory_file_system_is_named() {
    let Some(dir) = TempDir::in_memory(3 << 20) else {
        return;
    };
    let memory = Memory::anonymous(4096);
    (0..4096).for_each(|page| memory.put(page, &pattern(page as u64)));
    let task = Task::fork();
    let ranges = [range(&memory, Kind::Anonymous)];
    let pipe = DumpPipe::of_task(task.pid, &ranges, dir.fd(), files()).unwrap();
    let error = dump(&pipe, 2).unwrap_err();
    assert_eq!(
        (error.kind, error.object.as_str()),
        (ErrorKind::Host, "pages-1.img")
    );
    assert_eq!(error.errno, Some(libc::ENOSPC));
}

#[test]
fn of_a_private_file_mapping_only_changed_pages_even_zero_ones() {
    let dir = TempDir::new();
    dir.write("file", &pattern(9).repeat(6));
    let file = std::fs::File::open(dir.path.join("file")).unwrap().into();
    let memory = Memory::of_file(&file, 6);
    memory.touch(0);
    memory.put(2, &vec![0; page_size()]);
    memory.put(3, &pattern(33));
    memory.put(5, b"x");
    let task = Task::fork();
    let summary = dump_task(&task, &[range(&memory, Kind::FilePrivate)], &dir);
    let mut last = pattern(9);
    last[0] = b'x';
    assert!(dir.read("pages-1.img") == [vec![0; page_size()], pattern(33), last].concat());
    assert_eq!((summary.pages, summary.entries, summary.zero_pages), (3, 2, 0));
}

#[test]
fn a_reservation_of_terabytes_costs_nothing() {
    let memory = Memory::anonymous((4 << 40) / page_size());
    memory.protect(0..(4 << 40) / page_size(), libc::PROT_NONE);
    let little = Memory::anonymous(2);
    little.put(1, b"here");
    let task = Task::fork();
    let mut ranges = [range(&memory, Kind::Anonymous), range(&little, Kind::Anonymous)];
    ranges.sort_by_key(|range| range.start);
    for scan in [scan, scan_entries] {
        let before = processor_time();
        let found = scan(task.pid, &ranges).unwrap();
        assert_eq!((found.pages, found.runs[0].start), (1, little.at(1)));
        let took = processor_time() - before;
        // A look at each page would take many seconds.
        assert!(took < Duration::from_millis(500), "{took:?}");
    }
}

#[test]
fn both_ways_of_scanning_agree() {
    // More regions than the kernel, and we, have room for at once.
    let pages = 40_000;
    let wanted = |page: &usize| page % 5 < 2 && page % 1024 < 900;
    let anonymous = Memory::anonymous(pages);
    (0..pages)
        .filter(wanted)
        .for_each(|page| anonymous.put(page, b"x"));
    let dir = TempDir::new();
    dir.write("file", &pattern(1).repeat(50));
    let file = std::fs::File::open(dir.path.join("file")).unwrap().into();
    let private = Memory::of_file(&file, 50);
    (0..50).for_each(|page| _ = private.touch(page));
    (20..30).for_each(|page| private.put(page, b"y"));
    let task = Task::fork();
    let mut ranges = vec![range(&private, Kind::FilePrivate)];
    for page in (0..pages).step_by(50) {
        let (start, end) = (anonymous.at(page), anonymous.at(page + 40));
        ranges.push(Range {
            start,
            end,
            kind: Kind::Anonymous,
            mapped_elsewhere: false,
        });
    }
    ranges.sort_by_key(|range| range.start);
    let (fast, slow) = (
        scan(task.pid, &ranges).unwrap(),
        scan_entries(task.pid, &ranges).unwrap(),
    );
    assert!(fast == slow, "{} and {} runs", fast.runs.len(), slow.runs.len());
    let anonymous_pages = (0..pages).filter(|page| wanted(page) && page % 50 < 40).count();
    assert_eq!(fast.pages as usize, anonymous_pages + 10);
}

#[test]
fn huge_pages_are_stored_like_others() {
    let memory = Memory::anonymous(4 * 512);
    if !memory.advise(0..2048, libc::MADV_HUGEPAGE) {
        eprintln!("skipped: this kernel has no transparent huge pages");
        return;
    }
    (0..2048)
        .filter(|page| page % 100 != 7)
        .for_each(|page| memory.put(page, &pattern(page as u64)));
    let task = Task::fork();
    let dir = TempDir::new();
    let summary = dump_task(&task, &[range(&memory, Kind::Anonymous)], &dir);
    let expected: Vec<u8> = (0..2048)
        .filter(|page| page % 100 != 7)
        .flat_map(pattern)
        .collect();
    assert!(dir.read("pages-1.img") == expected, "pages differ");
    assert_eq!(summary.pages as usize, expected.len() / page_size());
}

#[test]
fn guard_pages_are_reported_and_not_stored() {
    const MADV_GUARD_INSTALL: i32 = 102;
    let memory = Memory::anonymous(10);
    (0..10).for_each(|page| memory.put(page, &pattern(page as u64)));
    if !memory.advise(4..6, MADV_GUARD_INSTALL) {
        eprintln!("skipped: this kernel has no guard pages (6.13)");
        return;
    }
    let task = Task::fork();
    let dir = TempDir::new();
    let summary = dump_task(&task, &[range(&memory, Kind::Anonymous)], &dir);
    let expected: Vec<u8> = (0..4).chain(6..10).flat_map(pattern).collect();
    assert!(dir.read("pages-1.img") == expected, "pages differ");
    assert_eq!(
        summary.guards,
        [Span {
            start: memory.at(4),
            end: memory.at(6)
        }]
    );
}

#[test]
fn a_task_that_ends_is_an_error_with_its_pid_and_no_page_map() {
    let memory = Memory::anonymous(5000);
    (0..5000).for_each(|page| memory.put(page, b"x"));
    let task = Task::fork();
    let dir = TempDir::new();
    let pipe = DumpPipe::of_task(task.pid, &[range(&memory, Kind::Anonymous)], dir.fd(), files()).unwrap();
    task.kill();
    let error = dump(&pipe, 4).unwrap_err();
    assert_eq!(
        (error.kind, error.pid, error.errno),
        (ErrorKind::Task, Some(task.pid), Some(libc::ESRCH))
    );
    assert!(
        error.to_string().contains(&format!("of pid {}", task.pid)),
        "{error}"
    );
    assert!(pipe.finish().is_err());
    assert!(!dir.path.join("pagemap-5.img").exists());
    assert!(scan(task.pid, &[range(&memory, Kind::Anonymous)]).is_err());
}

#[test]
fn memory_taken_away_under_the_pipe_is_an_error_naming_the_page() {
    let (stays, goes) = (Memory::anonymous(300), Memory::anonymous(300));
    (0..300).for_each(|page| stays.put(page, b"x"));
    (0..300).for_each(|page| goes.put(page, b"x"));
    let mut ranges = [range(&stays, Kind::Anonymous), range(&goes, Kind::Anonymous)];
    ranges.sort_by_key(|range| range.start);
    let own = i32::try_from(std::process::id()).unwrap();
    let dir = TempDir::new();
    let pipe = DumpPipe::of_task(own, &ranges, dir.fd(), files()).unwrap();
    let start = goes.start;
    goes.take_away();
    // One worker: of several, the one that fails first may be at a later page.
    let error = dump(&pipe, 1).unwrap_err();
    assert_eq!((error.kind, error.pid), (ErrorKind::Task, Some(own)));
    assert!(
        error
            .to_string()
            .contains(&format!("cannot read page {start:#x} of pid {own}")),
        "{error}"
    );
}

#[test]
fn nothing_to_store_is_two_valid_files() {
    let memory = Memory::anonymous(100);
    (0..50).for_each(|page| _ = memory.touch(page));
    (50..60).for_each(|page| memory.put(page, &[0; 8]));
    let task = Task::fork();
    let dir = TempDir::new();
    let summary = dump_task(&task, &[range(&memory, Kind::Anonymous)], &dir);
    // Those that were only read are the shared zero page, which kernels without PAGEMAP_SCAN do not tell from others.
    let looked_at = if kernel() < (6, 7) { 60 } else { 10 };
    assert_eq!(
        (summary.pages, summary.zero_pages, summary.pages_file.crc),
        (0, looked_at, 0)
    );
    let images = PageImages::open(dir.fd(), "pages-1.img", "pagemap-5.img", None).unwrap();
    assert_eq!(images.pages(), 0);
}

#[test]
fn finishing_early_cancelling_and_existing_files_are_refused() {
    let memory = Memory::anonymous(2000);
    (0..2000).for_each(|page| memory.put(page, b"x"));
    let task = Task::fork();
    let dir = TempDir::new();
    let ranges = [range(&memory, Kind::Anonymous)];
    let pipe = DumpPipe::of_task(task.pid, &ranges, dir.fd(), files()).unwrap();
    assert!(pipe.finish().unwrap_err().to_string().contains("not all written"));
    assert_eq!(
        (pipe.bytes_total(), pipe.bytes_done()),
        (2000 * page_size() as u64, 0)
    );
    pipe.cancel();
    assert_eq!(dump(&pipe, 2).unwrap_err().kind, ErrorKind::Cancelled);
    let again = DumpPipe::of_task(task.pid, &ranges, dir.fd(), files()).unwrap_err();
    assert_eq!((again.kind, again.errno), (ErrorKind::Host, Some(libc::EEXIST)));
    let backwards = Range {
        start: memory.at(2),
        end: memory.at(1),
        kind: Kind::Anonymous,
        mapped_elsewhere: false,
    };
    assert_eq!(scan(task.pid, &[backwards]).unwrap_err().kind, ErrorKind::Host);
}
