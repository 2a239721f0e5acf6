// SPDX-License-Identifier: GPL-2.0-only
//! How the memory of a task is read: whatever protects it, and without a change.

mod common;

use common::{Memory, Task, TempDir, dump_task, pattern};
use stasis_pages::{Kind, Range};

#[test]
fn protection_hides_nothing() {
    let memory = Memory::anonymous(600);
    (0..600).for_each(|page| memory.put(page, &pattern(page as u64)));
    memory.protect(100..300, libc::PROT_NONE);
    memory.protect(400..401, libc::PROT_WRITE);
    memory.protect(599..600, libc::PROT_NONE);
    let task = Task::fork();
    let dir = TempDir::new();
    // One range over several mappings, as well as one for each.
    let ranges = [0, 100, 300, 450]
        .windows(2)
        .map(|w| (w[0], w[1]))
        .chain([(450, 600)]);
    let ranges: Vec<_> = ranges
        .map(|(start, end)| Range {
            start: memory.at(start),
            end: memory.at(end),
            kind: Kind::Anonymous,
            mapped_elsewhere: start >= 300,
        })
        .collect();
    let summary = dump_task(&task, &ranges, &dir);
    let expected: Vec<u8> = (0..600).flat_map(pattern).collect();
    assert!(dir.read("pages-1.img") == expected, "pages differ");
    assert_eq!(summary.entries, 1);
}

/// A task that was forked shares its memory with its parent until one of the two writes.
#[test]
fn pages_that_are_mapped_elsewhere_stay_shared() {
    let memory = Memory::anonymous(2000);
    (0..2000).for_each(|page| memory.put(page, &pattern(page as u64)));
    let task = Task::fork();
    let dir = TempDir::new();
    let ranges = [Range {
        mapped_elsewhere: true,
        start: memory.start,
        end: memory.start + memory.len as u64,
        kind: Kind::Anonymous,
    }];
    dump_task(&task, &ranges, &dir);
    let expected: Vec<u8> = (0..2000).flat_map(pattern).collect();
    assert!(dir.read("pages-1.img") == expected, "pages differ");
    assert_eq!(task.figure(memory.start, "Private_Dirty:"), 0);
}
