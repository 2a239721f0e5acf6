// SPDX-License-Identifier: GPL-2.0-only
use super::*;
use std::borrow::Cow;

fn one(line: &str) -> Vma<'_> {
    parse(line.as_bytes()).unwrap()[0]
}

fn kind(name: &str) -> Name<'_> {
    Name::of(name.as_bytes())
}

#[test]
fn every_column_of_a_file_mapping() {
    let vma = one("7f5e15600000-7f5e15700000 r-xs 0001f000 fe:12 10004858                   /tmp/a b\n");
    assert_eq!((vma.start, vma.end), (0x7f5e_1560_0000, 0x7f5e_1570_0000));
    assert_eq!(vma.len(), 1 << 20);
    assert_eq!(vma.perms, Perms::READ | Perms::EXEC | Perms::SHARED);
    assert_eq!(vma.offset, 0x1f000);
    assert_eq!(
        vma.dev,
        Dev {
            major: 0xfe,
            minor: 0x12
        }
    );
    assert_eq!(vma.ino, 10004858);
    assert_eq!(vma.name, b"/tmp/a b");
}

#[test]
fn nameless_and_highest_mapping() {
    let none = one("7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n");
    assert_eq!(
        (none.name, none.perms, none.kind()),
        (&b""[..], Perms::empty(), Name::None)
    );
    let gate = one("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n");
    assert_eq!((gate.end, gate.kind()), (0xffff_ffff_ff60_1000, Name::Vsyscall));
    // 32-bit addresses are padded to eight digits.
    assert_eq!(
        one("08048000-08049000 r-xp 00000000 08:01 7 /bin/x").start,
        0x0804_8000
    );
}

#[test]
fn names_of_the_kernel() {
    assert_eq!(kind("[heap]"), Name::Heap);
    assert_eq!(kind("[stack]"), Name::Stack);
    assert_eq!(kind("[vdso]"), Name::Vdso);
    assert_eq!(kind("[vvar]"), Name::Vvar);
    assert_eq!(kind("[vvar_vclock]"), Name::VvarVclock);
    assert_eq!(kind("[uprobes]"), Name::Special(b"[uprobes]"));
    assert_eq!(kind("[anon:libc malloc]"), Name::Anon(b"libc malloc"));
    assert_eq!(kind("[anon:]"), Name::Anon(b""));
    assert_eq!(kind("[anon_shmem:x]"), Name::AnonShmem(b"x"));
    assert_eq!(kind("/dev/zero (deleted)"), Name::SharedAnon);
    assert_eq!(kind("/SYSV80001234 (deleted)"), Name::SysV(0x8000_1234));
    assert_eq!(
        kind("/memfd:x\\012[heap] (deleted)"),
        Name::Memfd(Cow::Borrowed(b"x\n[heap]"))
    );
    assert_eq!(kind("/memfd: (deleted)"), Name::Memfd(Cow::Borrowed(b"")));
    assert_eq!(kind("/[aio] (deleted)"), Name::Aio);
    assert_eq!(kind("/anon_hugepage (deleted)"), Name::AnonHugepage);
    assert_eq!(kind("anon_inode:[io_uring]"), Name::AnonInode(b"[io_uring]"));
    assert_eq!(kind("socket:[12]"), Name::Pseudo(b"socket:[12]"));
}

#[test]
fn paths_and_how_sure_they_are() {
    let file = |path: &'static [u8], deleted, certain| Name::File {
        path: Cow::Borrowed(path),
        deleted,
        certain,
    };
    assert_eq!(kind("/usr/bin/x"), file(b"/usr/bin/x", false, true));
    assert_eq!(kind("/dev/zero"), file(b"/dev/zero", false, true));
    assert_eq!(kind("/tmp/a (deleted)"), file(b"/tmp/a", true, false));
    assert_eq!(
        kind("/tmp/a (deleted) (deleted)"),
        file(b"/tmp/a (deleted)", true, false)
    );
    assert_eq!(kind("/tmp/a\\012b"), file(b"/tmp/a\nb", false, false));
    assert_eq!(kind("/tmp/a\\x \\101\t"), file(b"/tmp/a\\x \\101\t", false, true));
    assert_eq!(kind("/memfd:x"), file(b"/memfd:x", false, true));
    assert_eq!(kind("/SYSV123 (deleted)"), file(b"/SYSV123", true, false));
    assert_eq!(Name::of(b"/caf\xe9"), file(b"/caf\xe9", false, true));
}

#[test]
fn the_error_names_line_and_expectation() {
    let cases = [
        ("7f0000000000 r--p", "a dash between the addresses"),
        ("2000-1000 r--p 0 0:0 0 ", "an end address above the first"),
        ("1000-2000 r--q 0 0:0 0 ", "permissions like r-xp"),
        ("1000-2000 r-", "four permission letters"),
        ("1000-2000 r--p 0 00:00 0x", "the inode number"),
        ("1000-2000 r--p 0 00:00 0/", "a space after the inode number"),
        ("1000-2000 r--p 0 0000 0 ", "a colon within the device number"),
        ("", "the first address in hexadecimal"),
    ];
    for (line, expected) in cases {
        let text = format!("1000-2000 r--p 00000000 00:00 0 \n{line}\n");
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!(
            (error.line, error.expected, error.text),
            (2, expected, "/proc/PID/maps"),
            "{line}"
        );
    }
}
