// SPDX-License-Identifier: GPL-2.0-only
//! Kinds that are refused: what users call them, and what they can do.

use crate::kernel::pressure::Place;
use crate::refusals::{Reason, TOO_LONG};

const NOT_YET: &str = "this kind of descriptor cannot be restored yet";

/// By the class of an `anon_inode:` link, as the kernel's callers of `anon_inode_getfile` name them.
pub(super) fn anonymous(class: &[u8]) -> Reason {
    let class = String::from_utf8_lossy(class);
    let class = class.trim_matches(['[', ']']);
    let (kind, hint) = match class {
        "inotify" => ("inotify", "let the program close its file watches first"),
        "fanotify" => ("fanotify", "let the program close its file watches first"),
        "io_uring" => (
            "io_uring",
            "run the program without io_uring (sysctl kernel.io_uring_disabled=2)",
        ),
        "userfaultfd" => (
            "userfaultfd",
            "its memory is served by a handler that a checkpoint cannot hold",
        ),
        "perf_event" => ("perf_event", "detach the profiler first"),
        "seccomp notify" => ("seccomp listener", "end the supervisor that holds it first"),
        "landlock-ruleset" => ("landlock ruleset", ""),
        "fscontext" | "mount_api" => ("mount in the making", "wait until the program has mounted it"),
        "sync_file" | "drm_syncobj" | "drm_syncobj_file" => {
            ("graphics fence", "stop the program's rendering first")
        }
        "vfio-device" => ("vfio device", "detach the device first"),
        name if name.starts_with("kvm-") => ("kvm", "checkpoint the virtual machine with its own tools"),
        name if name.starts_with("bpf") || name == "btf" => {
            ("bpf", "let the program unload its BPF objects first")
        }
        name => return Reason::new(format!("anonymous file '{name}'"), NOT_YET, ""),
    };
    Reason::new(kind, NOT_YET, hint)
}

/// By a link that is neither a path nor an `anon_inode:`.
pub(super) fn pathless(link: &[u8]) -> Reason {
    let text = String::from_utf8_lossy(link);
    if text.starts_with("(unreachable)") {
        let cause = "its path is not below the root of this mount namespace";
        return Reason::new("file in another mount namespace", cause, "");
    }
    match text.split_once(":[").map(|(kind, _)| kind) {
        Some(
            kind @ ("cgroup" | "ipc" | "mnt" | "net" | "pid" | "pid_for_children" | "time" | "user" | "uts"),
        ) => Reason::new(
            format!("{kind} namespace"),
            NOT_YET,
            "let the program close its namespace handles first",
        ),
        _ => Reason::new(format!("file '{text}'"), NOT_YET, ""),
    }
}

/// By device number (`Documentation/admin-guide/devices.txt`).
pub(super) fn device(major: u32, minor: u32, path: &[u8]) -> Reason {
    let path = String::from_utf8_lossy(path);
    let (kind, hint) = match (major, minor) {
        (10, 232) => ("kvm", "checkpoint the virtual machine with its own tools"),
        (10, 126) => ("userfaultfd", ""),
        (10, 200) => ("tun device", "close the tunnel first"),
        (10, 229) => (
            "fuse connection",
            "end the file system's daemon instead of checkpointing it",
        ),
        (1, 1 | 2 | 4) => ("physical memory", ""),
        (1, 11) => ("kernel log", ""),
        (4 | 5, _) => (
            "console or serial line",
            "start the program under a pseudo-terminal or with setsid",
        ),
        (13, _) => ("input device", ""),
        (29, _) => ("framebuffer", ""),
        (116, _) => ("sound device", "stop its playback first"),
        (195 | 226, _) => ("graphics device", "stop the program's rendering first"),
        _ => ("character device", ""),
    };
    Reason::new(
        format!("{kind} {path}"),
        format!("the state of device {major}:{minor} cannot be saved"),
        hint,
    )
}

/// By the magic number of its file system, for files that have a mode like any other.
pub(super) fn filesystem(magic: u64) -> Option<Reason> {
    let kind = match magic {
        0x6e73_6673 => "namespace",
        0x444d_4142 => "dma-buf",
        0x5345_434d => "secret memory (memfd_secret)",
        0x6175_6469 => "audit file",
        0x1980_0202 => {
            let cause = "messages of a queue of the kernel are not part of a checkpoint";
            return Some(Reason::new(
                "POSIX message queue",
                cause,
                "let the program close it first",
            ));
        }
        _ => return None,
    };
    Some(Reason::new(kind, NOT_YET, ""))
}

/// Where a file of pressure stall information lies that is open for writing: what is written to it becomes a trigger of this
/// descriptor.
pub(super) fn pressure(magic: u64, path: &[u8], flags: u32) -> Option<Place> {
    const PROC: u64 = 0x9fa0;
    const CGROUP2: u64 = 0x6367_7270;
    let writable = flags & 0o3 != 0;
    match magic {
        PROC if writable && path.windows(10).any(|part| part == b"/pressure/") => Some(Place::Proc),
        CGROUP2 if writable && path.ends_with(b".pressure") => Some(Place::Group),
        _ => None,
    }
}

/// One whose trigger cannot be seen.
pub(super) fn hidden_trigger(path: &[u8], error: &std::io::Error) -> Reason {
    Reason::new(
        "pressure stall trigger",
        format!(
            "{} is open for writing, and a trigger that was written to it cannot be read back ({error})",
            String::from_utf8_lossy(path)
        ),
        "needs CAP_BPF and CAP_PERFMON, and a kernel with type information",
    )
}

/// A path longer than any call takes.
pub(super) fn too_long() -> Reason {
    Reason::new("file with a long path", TOO_LONG, "")
}

/// A block device, which might be read and written behind any file system's back.
pub(super) fn block(path: &[u8]) -> Reason {
    Reason::new(
        format!("block device {}", String::from_utf8_lossy(path)),
        "its contents are not part of a checkpoint",
        "let the program close it first",
    )
}
