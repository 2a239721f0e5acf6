// SPDX-License-Identifier: GPL-2.0-only
//! Texts of one Python process of Linux 6.18 that was made odd on purpose (`tests/data`).

use stasis_kernel_text::maps::{self, Name};
use stasis_kernel_text::smaps::{self, VmFlags};
use stasis_kernel_text::task::{limits, stat, status};
use std::borrow::Cow;

const MAPS: &[u8] = include_bytes!("data/maps");
const SMAPS: &[u8] = include_bytes!("data/smaps");
const STAT: &[u8] = include_bytes!("data/stat");
const STATUS: &[u8] = include_bytes!("data/status");
const LIMITS: &[u8] = include_bytes!("data/limits");

fn named<'a>(vmas: &'a [maps::Vma<'a>], name: &Name<'_>) -> &'a maps::Vma<'a> {
    vmas.iter()
        .find(|v| v.kind() == *name)
        .unwrap_or_else(|| panic!("no mapping {name:?}"))
}

#[test]
fn maps_are_ascending_and_complete() {
    let vmas = maps::parse(MAPS).unwrap();
    assert_eq!(vmas.len(), MAPS.iter().filter(|&&b| b == b'\n').count());
    assert!(vmas.is_sorted_by(|a, b| a.end <= b.start));
    assert!(vmas.iter().all(|v| v.len() % 4096 == 0 && !v.is_empty()));
}

#[test]
fn the_odd_mappings_are_told_apart() {
    let vmas = maps::parse(MAPS).unwrap();
    for name in [
        Name::Heap,
        Name::Stack,
        Name::Vdso,
        Name::Vvar,
        Name::VvarVclock,
        Name::Vsyscall,
        Name::Aio,
    ] {
        named(&vmas, &name);
    }
    assert_eq!(named(&vmas, &Name::SysV(0x1234)).ino, 0);
    assert_eq!(named(&vmas, &Name::SysV(0)).ino, 1);
    named(&vmas, &Name::AnonInode(b"[io_uring]"));
    let shared: Vec<_> = vmas
        .iter()
        .filter(|v| v.kind() == Name::SharedAnon)
        .map(|v| v.ino)
        .collect();
    assert_eq!(shared, [1033, 1029]);
    let memfds = vmas
        .iter()
        .filter(|v| v.kind() == Name::Memfd(Cow::Borrowed(b"x y\n[heap]")));
    assert_eq!(memfds.map(|v| v.ino).collect::<Vec<_>>(), [1030, 1030]);
    let reservation = vmas.iter().find(|v| v.len() == 1 << 42).unwrap();
    assert_eq!((reservation.perms.bits(), reservation.kind()), (0, Name::None));
}

#[test]
fn the_odd_files_are_told_apart() {
    let vmas = maps::parse(MAPS).unwrap();
    let file = |path: &'static [u8], deleted, certain| Name::File {
        path: Cow::Borrowed(path),
        deleted,
        certain,
    };
    named(&vmas, &file(b"/usr/bin/python3.11", false, true));
    named(&vmas, &file(b"/dev/zero", false, true));
    named(&vmas, &file(b"/tmp/t/caf\xe9\xff", false, true));
    named(&vmas, &file(b"/tmp/t/gone", true, false));
    named(&vmas, &file(b"/tmp/t/gone (deleted)", true, false));
    // These two the text cannot tell: one is alive under the whole name, one has a backslash in it.
    named(&vmas, &file(b"/tmp/t/stays", true, false));
    named(&vmas, &file(b"/tmp/t/literal\nname", false, false));
    named(&vmas, &file(b"/tmp/t/a\nb\\x \t z", false, false));
}

#[test]
fn smaps_tell_what_was_asked_of_the_kernel() {
    let smaps = smaps::parse(SMAPS).unwrap();
    assert!(smaps.iter().all(|s| s.unknown_flags().next().is_none()));
    let count = |flag| smaps.iter().filter(|s| s.flags.contains(flag)).count();
    for (flag, times) in [
        (VmFlags::DONT_COPY, 1),
        (VmFlags::DONT_DUMP, 4),    // and MAP_DROPPABLE, [vvar], [vvar_vclock]
        (VmFlags::WIPE_ON_FORK, 2), // and MAP_DROPPABLE
        (VmFlags::HUGE_PAGE, 1),
        (VmFlags::NO_HUGE_PAGE, 1),
        (VmFlags::MERGEABLE, 1),
        (VmFlags::SEQ_READ, 1),
        (VmFlags::RAND_READ, 1),
        (VmFlags::LOCKED, 2),
        (VmFlags::LOCK_ON_FAULT, 1),
        (VmFlags::SEALED, 1),
        (VmFlags::DROPPABLE, 1),
        (VmFlags::GROWS_DOWN, 2), // and [stack]
        (VmFlags::PFN_MAP, 2),
        (VmFlags::MAYBE_GUARD, 7),
    ] {
        assert_eq!(count(flag), times, "{flag:?}");
    }
    let locked = smaps.iter().find(|s| s.flags.contains(VmFlags::LOCKED)).unwrap();
    assert_eq!((locked.rss, locked.locked, locked.anonymous), (4096, 4096, 4096));
    let gate = smaps.last().unwrap();
    assert_eq!((gate.flags, gate.vma.kind()), (VmFlags::EXEC, Name::Vsyscall));
    assert!(
        smaps
            .iter()
            .all(|s| s.kernel_page_size == 4096 && s.protection_key.is_none())
    );
}

#[test]
fn smaps_and_maps_agree() {
    let vmas = maps::parse(MAPS).unwrap();
    for smap in smaps::iter(SMAPS) {
        assert!(vmas.contains(&smap.unwrap().vma));
    }
}

#[test]
fn a_name_like_a_state_misleads_nobody() {
    let (stat, status) = (stat::parse(STAT).unwrap(), status::parse(STATUS).unwrap());
    assert_eq!(stat.comm, b"a) R (\n\\x");
    assert_eq!(status.name, stat.comm);
    assert_eq!((stat.pid, stat.ppid), (status.pid, status.ppid));
    assert_eq!(Some(stat.state), status.state);
    assert_eq!((status.ns_pgid[0], status.ns_sid[0]), (stat.pgrp, stat.session));
    assert_eq!(status.vm_size, Some(4294986908 << 10));
    assert_eq!((status.groups.len(), status.vm_locked), (0, Some(8192)));
}

#[test]
fn limits_of_the_sample() {
    let limits = limits::parse(LIMITS).unwrap();
    assert_eq!(
        limits[3],
        limits::Rlimit {
            soft: 8 << 20,
            hard: limits::INFINITY
        }
    );
    assert_eq!(limits[7].soft, limits[7].hard);
}
