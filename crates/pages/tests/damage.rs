// SPDX-License-Identifier: GPL-2.0-only
//! Images that are not what was dumped, and tasks that are gone.

mod common;

use common::{Dumped, Memory, Task, all, fill, page_size, pattern};
use stasis_pages::{Chunks, ErrorKind, Expected, FillPipe, FillRange, Kind, PageImages};

#[test]
fn entries_outside_the_mappings_are_refused_before_anything_is_touched() {
    let memory = Memory::anonymous(10);
    (0..10).for_each(|page| memory.put(page, b"x"));
    let task = Task::fork();
    let dumped = Dumped::of(&task, all(&memory, Kind::Anonymous));
    let part = |from, to| FillRange {
        start: memory.at(from),
        end: memory.at(to),
        kind: Kind::Anonymous,
    };
    let images = dumped.open().unwrap();
    images.check_ranges(&[part(0, 4), part(4, 10)]).unwrap();
    for (ranges, page) in [
        (vec![], 0),
        (vec![part(1, 10)], 0),
        (vec![part(0, 9)], 9),
        (vec![part(0, 4), part(5, 10)], 4),
    ] {
        let error = images.check_ranges(&ranges).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Image);
        assert_eq!(error.object, "pagemap-5.img");
        assert!(
            error.cause.contains(&format!("{:#x}", memory.at(page))),
            "{error}"
        );
    }
    assert!(FillPipe::into_task(task.memory(), images, &[part(0, 9)], None).is_err());
}

#[test]
fn damage_is_found_and_named() {
    let memory = Memory::anonymous(700);
    (0..700)
        .filter(|p| p % 9 != 4)
        .for_each(|page| memory.put(page, &pattern(page as u64)));
    let ranges = all(&memory, Kind::Anonymous);
    let dumped = Dumped::of(&Task::fork(), ranges);
    let (pages, pagemap) = (dumped.dir.read("pages-1.img"), dumped.dir.read("pagemap-5.img"));
    let refused = |name: &str| {
        let error = dumped.open().unwrap_err();
        assert_eq!(
            (error.kind, error.object.as_str()),
            (ErrorKind::Image, name),
            "{error}"
        );
    };
    for (name, bytes) in [("pages-1.img", &pages), ("pagemap-5.img", &pagemap)] {
        for cut in [
            0,
            1,
            bytes.len() / 2,
            bytes.len() - page_size().min(bytes.len() / 3),
            bytes.len() - 1,
        ] {
            dumped.dir.write(name, &bytes[..cut]);
            refused(name);
        }
        dumped.dir.write(name, &[&bytes[..], &[0; 4096]].concat());
        refused(name);
        std::fs::remove_file(dumped.dir.path.join(name)).unwrap();
        refused(name);
        dumped.dir.write(name, bytes);
    }
    for bit in (0..pagemap.len() * 8).step_by(3) {
        let mut bytes = pagemap.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        dumped.dir.write("pagemap-5.img", &bytes);
        refused("pagemap-5.img");
    }
    dumped.dir.write("pagemap-5.img", &pagemap);
    for bit in [0, pages.len() * 4 + 3, pages.len() * 8 - 1] {
        let mut bytes = pages.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        dumped.dir.write("pages-1.img", &bytes);
        assert!(memory.advise(0..700, libc::MADV_DONTNEED));
        let task = Task::fork();
        let pipe = FillPipe::into_task(
            task.memory(),
            dumped.open().unwrap(),
            &dumped.ranges,
            Some(task.uffd()),
        )
        .unwrap();
        let error = fill(&pipe, 2).unwrap_err();
        assert_eq!(
            (error.kind, error.object.as_str()),
            (ErrorKind::Image, "pages-1.img"),
            "{error}"
        );
        let chunk = (bit / 8) & !0xf_ffff;
        let place = format!("in bytes {chunk:#x}-{:#x}", pages.len().min(chunk + (1 << 20)));
        assert!(error.cause.ends_with(&place), "{error}, not {place}");
    }
    // Without a manifest, what cannot fit is still refused.
    dumped
        .dir
        .write("pages-1.img", &pages[..pages.len() - page_size()]);
    let open = || PageImages::open(dumped.dir.fd(), "pages-1.img", "pagemap-5.img", None);
    assert_eq!(open().unwrap_err().object, "pages-1.img");
    let wrong = PageImages::open(dumped.dir.fd(), "pages-2.img", "pagemap-5.img", None).unwrap_err();
    assert!(
        wrong
            .to_string()
            .contains("belongs to pages-1.img, not to pages-2.img"),
        "{wrong}"
    );
}

#[test]
fn chunks_have_sums_of_their_own() {
    let memory = Memory::anonymous(700);
    (0..700)
        .filter(|p| p % 5 != 4)
        .for_each(|page| memory.put(page, &pattern(page as u64)));
    let dumped = Dumped::of(&Task::fork(), all(&memory, Kind::Anonymous));
    let pages = dumped.dir.read("pages-1.img");
    let Chunks { size, crcs } = dumped.summary.pages_chunks.clone();
    assert_eq!(size, 1 << 20);
    let found: Vec<u32> = pages.chunks(1 << 20).map(crc32fast::hash).collect();
    assert_eq!(found, crcs);
    assert_eq!(found.len(), pages.len().div_ceil(1 << 20));
    let open = |size, crcs| {
        let expected = Expected {
            pages_chunks: Some(Chunks { size, crcs }),
            ..dumped.expected()
        };
        PageImages::open(dumped.dir.fd(), "pages-1.img", "pagemap-5.img", Some(expected))
    };
    for (size, crcs) in [
        (0, crcs.clone()),
        (4095, crcs.clone()),
        (size * 2, crcs.clone()),
        (size, crcs[1..].to_vec()),
        (size, vec![]),
        (u64::MAX, crcs.clone()),
    ] {
        let error = open(size, crcs).unwrap_err();
        assert_eq!(
            (error.kind, error.object.as_str()),
            (ErrorKind::Image, "pages-1.img"),
            "{error}"
        );
    }
    let with = |crcs: Vec<u32>, size: usize| {
        assert!(memory.advise(0..700, libc::MADV_DONTNEED));
        let task = Task::fork();
        let images = open(size as u64, crcs).unwrap();
        let pipe = FillPipe::into_task(task.memory(), images, &dumped.ranges, None).unwrap();
        fill(&pipe, 2)
    };
    // Chunks of any size, though these are what is written.
    for size in [
        page_size(),
        3 * page_size(),
        64 * page_size(),
        pages.len().next_multiple_of(page_size()),
    ] {
        let mut crcs: Vec<u32> = pages.chunks(size).map(crc32fast::hash).collect();
        assert_eq!(with(crcs.clone(), size).unwrap().bytes, pages.len() as u64);
        *crcs.last_mut().unwrap() ^= 1;
        let last = (pages.len() - 1) / size * size;
        let error = with(crcs, size).unwrap_err();
        assert!(
            error.cause.contains(&format!("{last:#x}-{:#x}", pages.len())),
            "{error}"
        );
    }
}

#[test]
fn a_pages_file_shortened_meanwhile_and_a_task_that_ends_are_errors() {
    let memory = Memory::anonymous(3000);
    (0..3000).for_each(|page| memory.put(page, b"x"));
    let ranges = all(&memory, Kind::Anonymous);
    let dumped = Dumped::of(&Task::fork(), ranges);
    assert!(memory.advise(0..3000, libc::MADV_DONTNEED));
    for placed in [true, false] {
        let task = Task::fork();
        let uffd = placed.then(|| task.uffd());
        let pipe = FillPipe::into_task(task.memory(), dumped.open().unwrap(), &dumped.ranges, uffd).unwrap();
        assert!(pipe.finish().unwrap_err().to_string().contains("not all read"));
        task.kill();
        let error = fill(&pipe, 3).unwrap_err();
        assert_eq!(
            (error.kind, error.pid),
            (ErrorKind::Task, Some(task.pid)),
            "{error}"
        );
        assert!(pipe.finish().is_err());
    }
    let task = Task::fork();
    let pipe = FillPipe::into_task(
        task.memory(),
        dumped.open().unwrap(),
        &dumped.ranges,
        Some(task.uffd()),
    )
    .unwrap();
    let file = std::fs::File::options()
        .write(true)
        .open(dumped.dir.path.join("pages-1.img"))
        .unwrap();
    file.set_len(1000 * page_size() as u64).unwrap();
    let error = fill(&pipe, 2).unwrap_err();
    assert_eq!(
        (error.kind, error.object.as_str()),
        (ErrorKind::Image, "pages-1.img"),
        "{error}"
    );
    let pipe = FillPipe::into_task(task.memory(), dumped_again(&dumped), &dumped.ranges, None).unwrap();
    pipe.cancel();
    assert_eq!(fill(&pipe, 2).unwrap_err().kind, ErrorKind::Cancelled);
}

/// The same images with the size and content restored.
fn dumped_again(dumped: &Dumped) -> PageImages {
    let mut bytes = vec![0; 3000 * page_size()];
    bytes.chunks_mut(page_size()).for_each(|page| page[0] = b'x');
    dumped.dir.write("pages-1.img", &bytes);
    dumped.open().unwrap()
}
