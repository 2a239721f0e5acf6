// SPDX-License-Identifier: GPL-2.0-only
use crate::escape::{split_deleted, unescape_octal};
use std::borrow::Cow;

/// What the last column of `maps` says a mapping is of.
///
/// The kernel's own objects are told by their names alone, and a file in the root directory may bear the same
/// one (`/SYSV00000000`, then deleted). They differ in [`super::Vma::dev`]: SysV segments, memfds and shared
/// anonymous memory all lie on the kernel's internal tmpfs, whose device a memfd of one's own shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name<'a> {
    /// No name: private anonymous memory.
    None,
    /// `[heap]`: overlaps the program break. Adjacent anonymous memory merged into it is named so, too.
    Heap,
    /// `[stack]`: holds the address where the first thread's stack began.
    Stack,
    /// `[vdso]`.
    Vdso,
    /// `[vvar]`.
    Vvar,
    /// `[vvar_vclock]`: the paravirtual clocks, split off `[vvar]` in 6.13 (x86).
    VvarVclock,
    /// `[vsyscall]`: the same page in every task of x86_64, no part of its address space.
    Vsyscall,
    /// Another mapping of the kernel's own, brackets included: `[uprobes]`, `[sigpage]`, …
    Special(&'a [u8]),
    /// `[anon:NAME]`: private anonymous memory named by `PR_SET_VMA_ANON_NAME` (5.17).
    Anon(&'a [u8]),
    /// `[anon_shmem:NAME]`: shared anonymous memory named so (6.2).
    AnonShmem(&'a [u8]),
    /// `/dev/zero (deleted)`: shared anonymous memory; the inode number tells one object from another.
    SharedAnon,
    /// `/anon_hugepage (deleted)`: `MAP_ANONYMOUS | MAP_HUGETLB`.
    AnonHugepage,
    /// `/SYSVkkkkkkkk (deleted)`: a SysV segment, by key; its id is the inode number.
    SysV(u32),
    /// `/memfd:NAME (deleted)`. A newline in the name and a literal `\012` print alike.
    Memfd(Cow<'a, [u8]>),
    /// `/[aio] (deleted)`: the ring of `io_setup(2)`.
    Aio,
    /// `anon_inode:CLASS`: `[io_uring]`, `[perf_event]`, …
    AnonInode(&'a [u8]),
    /// Another object without a path: `socket:[123]`, `dmabuf:…`.
    Pseudo(&'a [u8]),
    /// A file.
    File {
        /// Absolute, as seen from the reader's root; where the file is not below that, from its mount's root.
        path: Cow<'a, [u8]>,
        /// Whether ` (deleted)` followed (and was taken off).
        deleted: bool,
        /// False when the text has a second reading: the kernel escapes a newline as `\012` but leaves a
        /// backslash alone, and a living file may be called `x (deleted)`. Look at the link in
        /// `/proc/PID/map_files/` then, which is not escaped, and at the inode.
        certain: bool,
    },
}

impl<'a> Name<'a> {
    pub(super) fn of(name: &'a [u8]) -> Self {
        match name {
            [] => Name::None,
            [b'[', ..] => bracketed(name),
            [b'/', ..] => path(name),
            _ => match name.strip_prefix(b"anon_inode:") {
                Some(class) => Name::AnonInode(class),
                None => Name::Pseudo(name),
            },
        }
    }
}

fn bracketed(name: &[u8]) -> Name<'_> {
    match name {
        b"[heap]" => Name::Heap,
        b"[stack]" => Name::Stack,
        b"[vdso]" => Name::Vdso,
        b"[vvar]" => Name::Vvar,
        b"[vvar_vclock]" => Name::VvarVclock,
        b"[vsyscall]" => Name::Vsyscall,
        _ => {
            let inner = name.strip_suffix(b"]").unwrap_or(name);
            if let Some(given) = inner.strip_prefix(b"[anon:") {
                Name::Anon(given)
            } else if let Some(given) = inner.strip_prefix(b"[anon_shmem:") {
                Name::AnonShmem(given)
            } else {
                Name::Special(name)
            }
        }
    }
}

fn path(name: &[u8]) -> Name<'_> {
    let (printed, deleted) = split_deleted(name);
    if deleted {
        match printed {
            b"/dev/zero" => return Name::SharedAnon,
            b"/anon_hugepage" => return Name::AnonHugepage,
            b"/[aio]" => return Name::Aio,
            _ => {}
        }
        if let Some(given) = printed.strip_prefix(b"/memfd:") {
            return Name::Memfd(unescape_newlines(given));
        }
        if let Some(key) = printed.strip_prefix(b"/SYSV").and_then(sysv_key) {
            return Name::SysV(key);
        }
    }
    let path = unescape_newlines(printed);
    let certain = !deleted && matches!(path, Cow::Borrowed(_));
    Name::File {
        path,
        deleted,
        certain,
    }
}

/// The only escape of this text is `\012`: other octal digits after a backslash are the file's own.
fn unescape_newlines(printed: &[u8]) -> Cow<'_, [u8]> {
    if !printed.windows(4).any(|w| w == b"\\012") {
        return Cow::Borrowed(printed);
    }
    let mut path = Vec::with_capacity(printed.len());
    let mut rest = printed;
    while let Some(at) = memchr::memmem::find(rest, b"\\012") {
        path.extend_from_slice(&rest[..at]);
        path.extend_from_slice(&unescape_octal(&rest[at..at + 4]));
        rest = &rest[at + 4..];
    }
    path.extend_from_slice(rest);
    Cow::Owned(path)
}

/// `%08x` of the key (`ipc/shm.c`).
fn sysv_key(digits: &[u8]) -> Option<u32> {
    if digits.len() != 8 {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
