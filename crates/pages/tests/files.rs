// SPDX-License-Identifier: GPL-2.0-only
//! Ghost files, bulk image I/O, and the commit of a directory.

mod common;

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::atomic::AtomicBool;

use common::{TempDir, pattern};
use stasis_pages::{
    ErrorKind, Ghost, checksum_file, copy_sparse, ghost_load, ghost_save, is_pages_file, limits, read_images,
    remove_tree, sync_and_rename, write_images,
};

static GO_ON: AtomicBool = AtomicBool::new(false);

fn sparse_file(dir: &TempDir, name: &str) -> (File, Vec<u8>) {
    let path = dir.path.join(name);
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
        .unwrap();
    let mut bytes = vec![0; (40 << 20) + 321];
    for at in [0, 5 << 20, (5 << 20) + 4096, 39 << 20, 40 << 20] {
        let content = &pattern(at as u64)[..321];
        bytes[at..at + 321].copy_from_slice(content);
        file.write_all_at(content, at as u64).unwrap();
    }
    file.write_all_at(&vec![7; 3 << 20], 20 << 20).unwrap();
    bytes[20 << 20..23 << 20].fill(7);
    (file, bytes)
}

#[test]
fn ghosts_keep_content_and_holes() {
    let dir = TempDir::new();
    let (source, bytes) = sparse_file(&dir, "source");
    let head = b"magic numbers and the entry";
    for chunks in [true, false] {
        let name = format!("ghost-file-{chunks}.img");
        let sum = ghost_save(source.as_fd(), "file", (dir.fd(), &name), head, chunks, 2, &GO_ON).unwrap();
        let image = dir.read(&name);
        assert_eq!((sum.size, sum.crc), (image.len() as u64, crc32fast::hash(&image)));
        assert!(image.starts_with(head));
        assert_eq!(chunks, image.len() < 8 << 20, "holes are only kept in chunks");
        let ghost = Ghost {
            head: head.len() as u64,
            size: bytes.len() as u64,
            chunks,
        };
        let path = dir.path.join(format!("restored-{chunks}"));
        let target = File::options()
            .write(true)
            .read(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        let wrong = ghost_load(
            (dir.fd(), &name),
            ghost,
            target.as_fd(),
            Some(sum.crc ^ 1),
            2,
            &GO_ON,
        )
        .unwrap_err();
        assert_eq!(
            (wrong.kind, wrong.object.as_str()),
            (ErrorKind::Image, name.as_str())
        );
        assert_eq!(
            target.metadata().unwrap().len(),
            0,
            "written before it was verified"
        );
        ghost_load((dir.fd(), &name), ghost, target.as_fd(), Some(sum.crc), 2, &GO_ON).unwrap();
        assert!(std::fs::read(&path).unwrap() == bytes, "content differs");
        if chunks {
            assert!(
                target.metadata().unwrap().blocks() * 512 < 8 << 20,
                "holes were filled"
            );
        }
    }
}

#[test]
fn damaged_ghosts_are_refused() {
    let dir = TempDir::new();
    let (source, bytes) = sparse_file(&dir, "source");
    ghost_save(
        source.as_fd(),
        "file",
        (dir.fd(), "ghost-file-1.img"),
        b"head",
        true,
        1,
        &GO_ON,
    )
    .unwrap();
    let image = dir.read("ghost-file-1.img");
    let ghost = Ghost {
        head: 4,
        size: bytes.len() as u64,
        chunks: true,
    };
    let target = File::create(dir.path.join("target")).unwrap();
    let load = |ghost| {
        ghost_load(
            (dir.fd(), "ghost-file-1.img"),
            ghost,
            target.as_fd(),
            None,
            1,
            &GO_ON,
        )
    };
    for cut in [5, 8, 20, image.len() - 1] {
        dir.write("ghost-file-1.img", &image[..cut]);
        let error = load(ghost).unwrap_err();
        assert_eq!(
            (error.kind, error.object.as_str()),
            (ErrorKind::Image, "ghost-file-1.img"),
            "{cut}: {error}"
        );
    }
    dir.write("ghost-file-1.img", &image);
    assert!(
        load(Ghost {
            size: ghost.size - 400,
            ..ghost
        })
        .is_err(),
        "a chunk beyond the end"
    );
    assert!(
        load(Ghost {
            chunks: false,
            ..ghost
        })
        .is_err(),
        "plain, but of another size"
    );
}

#[test]
fn sparse_copies() {
    let dir = TempDir::new();
    let (source, bytes) = sparse_file(&dir, "source");
    let target = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(dir.path.join("copy"))
        .unwrap();
    let data = copy_sparse(source.as_fd(), target.as_fd(), "source", 2).unwrap();
    assert!(dir.read("copy") == bytes, "content differs");
    assert!(
        data < 8 << 20 && target.metadata().unwrap().blocks() * 512 < 8 << 20,
        "{data}"
    );
}

#[test]
fn many_images_at_once() {
    let dir = TempDir::new();
    let images: Vec<_> = (0..500)
        .map(|i| (format!("core-{i:03}.img"), pattern(i)[..i as usize].to_vec()))
        .collect();
    let given: Vec<_> = images
        .iter()
        .map(|(name, bytes)| (name.as_str(), &bytes[..]))
        .collect();
    let sums = write_images(dir.fd(), &given, 3).unwrap();
    dir.write("pages-1.img", &[1; 5000]);
    std::fs::create_dir(dir.path.join("folder")).unwrap();
    let read = read_images(dir.fd(), is_pages_file, 3).unwrap();
    assert_eq!(
        (read.len(), read[500].name.as_str(), read[500].bytes.len()),
        (501, "pages-1.img", 0)
    );
    for ((image, sum), file) in images.iter().zip(&sums).zip(&read) {
        assert_eq!((&image.0, &image.1), (&file.name, &file.bytes));
        assert_eq!(
            (&sum.name, sum.size, sum.crc),
            (&file.name, file.bytes.len() as u64, file.crc)
        );
        assert_eq!(file.crc, crc32fast::hash(&image.1));
        assert_eq!(
            dir.path.join(&file.name).metadata().unwrap().mode() & 0o7777,
            0o600
        );
    }
    let error = write_images(dir.fd(), &[("new.img", b""), ("core-007.img", b"x")], 1).unwrap_err();
    assert_eq!(
        (error.object.as_str(), error.errno),
        ("core-007.img", Some(libc::EEXIST))
    );
    assert_eq!(dir.read("core-007.img"), images[7].1);
}

#[test]
fn checksums_of_large_files() {
    let dir = TempDir::new();
    for size in [0, 1, (4 << 20) - 1, (13 << 20) + 5] {
        let bytes: Vec<u8> = pattern(3).into_iter().cycle().take(size).collect();
        dir.write("large", &bytes);
        let file = File::open(dir.path.join("large")).unwrap();
        for threads in [1, 3] {
            let sum = checksum_file(file.as_fd(), "large", threads).unwrap();
            assert_eq!(sum, (size as u64, crc32fast::hash(&bytes)));
        }
    }
}

#[test]
fn a_directory_appears_whole_and_never_over_another() {
    let dir = TempDir::new();
    for (name, files) in [("few", 3), ("many", 200)] {
        let temporary = dir.path.join("temporary");
        std::fs::create_dir(&temporary).unwrap();
        (0..files).for_each(|i| std::fs::write(temporary.join(format!("{i}")), b"x").unwrap());
        sync_and_rename(dir.fd(), "temporary", name, &[]).unwrap();
        assert_eq!(std::fs::read_dir(dir.path.join(name)).unwrap().count(), files);
        assert!(!temporary.exists());
    }
    std::fs::create_dir(dir.path.join("temporary")).unwrap();
    std::fs::create_dir(dir.path.join("empty")).unwrap();
    let error = sync_and_rename(dir.fd(), "temporary", "few", &[]).unwrap_err();
    assert!(error.to_string().contains("few: file exists — choose"), "{error}");
    assert!(sync_and_rename(dir.fd(), "temporary", "empty", &[]).is_err());
    assert!(dir.path.join("temporary").exists());
}

#[test]
fn removing_a_tree_follows_no_link() {
    let dir = TempDir::new();
    dir.write("outside", b"stays");
    std::fs::create_dir(dir.path.join("outer")).unwrap();
    std::fs::write(dir.path.join("outer/kept"), b"stays").unwrap();
    std::fs::create_dir_all(dir.path.join("tree/a/b/c")).unwrap();
    std::fs::write(dir.path.join("tree/a/b/file"), b"x").unwrap();
    std::os::unix::fs::symlink("../outside", dir.path.join("tree/link")).unwrap();
    std::os::unix::fs::symlink("../../outer", dir.path.join("tree/a/folder")).unwrap();
    remove_tree(dir.fd(), "tree").unwrap();
    remove_tree(dir.fd(), "tree").unwrap();
    assert!(!dir.path.join("tree").exists());
    assert_eq!(
        (dir.read("outside"), dir.read("outer/kept")),
        (b"stays".to_vec(), b"stays".to_vec())
    );
}

#[test]
fn limits_are_plausible() {
    let dir = TempDir::new();
    let rates = [
        limits::memcpy_rate(16 << 20, 2).unwrap(),
        limits::write_rate(dir.fd(), 16 << 20, 2).unwrap(),
        limits::readv_rate(16 << 20, 2).unwrap(),
    ];
    assert!(rates.iter().all(|rate| (1e7..1e12).contains(rate)), "{rates:?}");
    assert_eq!(std::fs::read_dir(&dir.path).unwrap().count(), 0);
}

#[test]
fn a_copy_that_is_stopped_ends() {
    let dir = TempDir::new();
    let (source, _) = sparse_file(&dir, "source");
    let stop = AtomicBool::new(true);
    let image = (dir.fd(), "ghost-file-1.img");
    let error = ghost_save(source.as_fd(), "file", image, b"head", true, 2, &stop).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

#[test]
fn a_directory_that_lost_a_file_is_not_accepted() {
    let dir = TempDir::new();
    std::fs::create_dir(dir.path.join("temporary")).unwrap();
    std::fs::write(dir.path.join("temporary/a.img"), "abc").unwrap();
    let commit = |files: &[(&str, u64)]| {
        let expected: Vec<_> = files
            .iter()
            .map(|(name, size)| (String::from(*name), *size))
            .collect();
        sync_and_rename(dir.fd(), "temporary", "last", &expected)
    };
    assert_eq!(
        commit(&[("a.img", 3), ("b.img", 1)]).unwrap_err().errno,
        Some(libc::ENOENT)
    );
    assert_eq!(commit(&[("a.img", 4)]).unwrap_err().object, "a.img");
    commit(&[("a.img", 3)]).unwrap();
    assert!(dir.path.join("last/a.img").exists());
}
