// SPDX-License-Identifier: GPL-2.0-only
//! Memory objects reached by descriptor.

mod common;

use common::{TempDir, dump, files, fill, page_size, pattern};
use stasis_pages::{DumpPipe, ErrorKind, FillPipe, PageImages};

#[test]
fn memory_objects_keep_their_holes_and_their_odd_end() {
    use std::os::unix::fs::FileExt;
    let size = 5000 * page_size() as u64 + 1234;
    let object = |size| {
        let fd = rustix::fs::memfd_create("object", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        rustix::fs::ftruncate(&fd, size).unwrap();
        fd
    };
    let source = std::fs::File::from(object(size));
    for page in (0..5001).filter(|p| p % 50 < 20 || *p == 5000) {
        let content = pattern(page);
        let at = page * page_size() as u64;
        source
            .write_all_at(&content[..content.len().min((size - at) as usize)], at)
            .unwrap();
    }
    rustix::fs::seek(&source, rustix::fs::SeekFrom::Start(77)).unwrap();
    let source = source.into();
    let dir = TempDir::new();
    let pipe = DumpPipe::of_object(&source, "memfd \"object\"", dir.fd(), files()).unwrap();
    let summary = dump(&pipe, 3).unwrap();
    assert_eq!((summary.pages, summary.entries), (2001, 101));
    assert_eq!(rustix::fs::tell(&source).unwrap(), 77, "the position moved");
    let open = || PageImages::open(dir.fd(), "pages-1.img", "pagemap-5.img", None).unwrap();
    let target = object(size);
    fill(
        &FillPipe::into_object(&target, "memfd \"object\"", open()).unwrap(),
        3,
    )
    .unwrap();
    let all = |fd| {
        let mut bytes = vec![0; size as usize];
        std::fs::File::from(fd).read_exact_at(&mut bytes, 0).unwrap();
        bytes
    };
    let stat = rustix::fs::fstat(&target).unwrap();
    assert_eq!(stat.st_size, size as i64);
    assert_eq!(
        stat.st_blocks * 512,
        2001 * page_size() as i64,
        "holes were filled"
    );
    assert!(all(source) == all(target), "content differs");
    let small = FillPipe::into_object(&object(size - 1235), "small", open()).unwrap_err();
    assert_eq!(
        (small.kind, small.object.as_str()),
        (ErrorKind::Image, "pages-1.img"),
        "{small}"
    );
}
