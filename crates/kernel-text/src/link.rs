// SPDX-License-Identifier: GPL-2.0-only
//! The targets of the magic links: `/proc/PID/fd/N`, `exe`, `cwd`, `root`, `map_files/…`, `ns/…` (`d_path`
//! and `dynamic_dname` in `fs/d_path.c`). Unlike in `maps`, nothing is escaped.

use crate::escape::split_deleted;

/// What an open file is, by the text of its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// `socket:[INODE]`.
    Socket(u64),
    /// `pipe:[INODE]`; a FIFO has a path.
    Pipe(u64),
    /// `anon_inode:CLASS`, brackets taken off: `eventfd`, `eventpoll`, `timerfd`, `signalfd`, `inotify`,
    /// `fanotify`, `pidfd`, `io_uring`, `userfaultfd`, `bpf-map`, `perf_event`, …
    AnonInode(&'a [u8]),
    /// `KIND:[INODE]` of a namespace: `mnt`, `net`, `pid`, `user`, …
    Namespace {
        /// The part before the colon.
        kind: &'a [u8],
        /// Its inode number, which tells it from others.
        ino: u64,
    },
    /// `/memfd:NAME (deleted)`. A deleted file in the root directory could be called so; its device tells.
    Memfd(&'a [u8]),
    /// A file, directory, device, FIFO or the place of a named terminal.
    Path {
        /// Absolute, as seen from the reader's root.
        path: &'a [u8],
        /// Whether ` (deleted)` followed. A living file may be called so.
        deleted: bool,
    },
    /// Another object without a path: `dmabuf:`, `secretmem`, …
    Other(&'a [u8]),
}

/// Reads the target of a link, as `readlink(2)` gives it.
pub fn parse(target: &[u8]) -> Target<'_> {
    if target.starts_with(b"/") {
        let (path, deleted) = split_deleted(target);
        return match path.strip_prefix(b"/memfd:") {
            Some(name) if deleted => Target::Memfd(name),
            _ => Target::Path { path, deleted },
        };
    }
    let Some(colon) = memchr::memchr(b':', target) else {
        return Target::Other(target);
    };
    let (kind, object) = (&target[..colon], &target[colon + 1..]);
    let inner = object.strip_prefix(b"[").and_then(|o| o.strip_suffix(b"]"));
    if kind == b"anon_inode" {
        return Target::AnonInode(inner.unwrap_or(object));
    }
    match (kind, inner.and_then(number)) {
        (b"socket", Some(ino)) => Target::Socket(ino),
        (b"pipe", Some(ino)) => Target::Pipe(ino),
        (b"cgroup" | b"ipc" | b"mnt" | b"net" | b"pid" | b"time" | b"user" | b"uts", Some(ino)) => {
            Target::Namespace { kind, ino }
        }
        _ => Target::Other(target),
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_without_a_path() {
        assert_eq!(parse(b"socket:[29005]"), Target::Socket(29005));
        assert_eq!(parse(b"pipe:[1]"), Target::Pipe(1));
        assert_eq!(parse(b"anon_inode:[eventfd]"), Target::AnonInode(b"eventfd"));
        assert_eq!(parse(b"anon_inode:inotify"), Target::AnonInode(b"inotify"));
        assert_eq!(
            parse(b"mnt:[4026531832]"),
            Target::Namespace {
                kind: b"mnt",
                ino: 4026531832
            }
        );
        assert_eq!(parse(b"socket:[x]"), Target::Other(b"socket:[x]"));
        assert_eq!(
            parse(b"pipe:[99999999999999999999]"),
            Target::Other(b"pipe:[99999999999999999999]")
        );
        assert_eq!(parse(b""), Target::Other(b""));
    }

    #[test]
    fn paths_are_not_escaped() {
        assert_eq!(
            parse(b"/a\\012b"),
            Target::Path {
                path: b"/a\\012b",
                deleted: false
            }
        );
        assert_eq!(
            parse(b"/a (deleted)"),
            Target::Path {
                path: b"/a",
                deleted: true
            }
        );
        assert_eq!(
            parse(b"/memfd:a\nb (deleted) (deleted)"),
            Target::Memfd(b"a\nb (deleted)")
        );
        assert_eq!(
            parse(b"/memfd:a"),
            Target::Path {
                path: b"/memfd:a",
                deleted: false
            }
        );
    }
}
