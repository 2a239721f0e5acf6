// SPDX-License-Identifier: GPL-2.0-only
//! `capabilities(7)`; the numbers are those of `include/uapi/linux/capability.h`.

use crate::feature::{Feature, Lack};
use stasis_kernel_text::task::status;

pub(super) const SYS_PTRACE: u32 = 19;

/// The capabilities a checkpoint may need, and what is refused or lost without each.
const TABLE: &[(u32, &str, &str)] = &[
    (
        19,
        "CAP_SYS_PTRACE",
        "only tasks of the same user and without privileges of their own can be dumped",
    ),
    (
        40,
        "CAP_CHECKPOINT_RESTORE",
        "chosen pids and map_files need CAP_SYS_ADMIN instead",
    ),
    (
        21,
        "CAP_SYS_ADMIN",
        "unread messages with the pid of another sender cannot be restored; kernels before 5.9 allow neither map_files nor chosen pids: no dump, no restore",
    ),
    (
        24,
        "CAP_SYS_RESOURCE",
        "tasks with a hard limit above ours, or an oom_score_adj below ours, cannot be restored",
    ),
    (7, "CAP_SETUID", "tasks of other users cannot be restored"),
    (6, "CAP_SETGID", "tasks with other groups cannot be restored"),
    (
        8,
        "CAP_SETPCAP",
        "tasks with smaller bounding sets than ours, or with securebits, cannot be restored",
    ),
    (
        23,
        "CAP_SYS_NICE",
        "tasks with raised priority or realtime scheduling cannot be restored",
    ),
    (
        14,
        "CAP_IPC_LOCK",
        "tasks that lock more memory than our limit cannot be restored",
    ),
    (
        18,
        "CAP_SYS_CHROOT",
        "tasks with a root directory of their own cannot be restored",
    ),
    (
        1,
        "CAP_DAC_OVERRIDE",
        "files that our user may not open cannot be reopened",
    ),
    (
        2,
        "CAP_DAC_READ_SEARCH",
        "files cannot be found by handle, as inotify watches need",
    ),
    (
        0,
        "CAP_CHOWN",
        "deleted files of other users cannot be made again",
    ),
    (
        3,
        "CAP_FOWNER",
        "modes and times of other users' files cannot be set",
    ),
    (
        5,
        "CAP_KILL",
        "tasks of other users cannot be killed after a dump",
    ),
    (
        12,
        "CAP_NET_ADMIN",
        "unix sockets whose file was renamed or deleted are refused; socket buffers above the machine's limit, and marks, cannot be restored",
    ),
    (
        10,
        "CAP_NET_BIND_SERVICE",
        "sockets on ports below 1024 cannot be restored",
    ),
    (
        13,
        "CAP_NET_RAW",
        "raw and packet sockets, and those bound to a device, cannot be restored",
    ),
    (
        35,
        "CAP_WAKE_ALARM",
        "timers that wake the machine cannot be restored",
    ),
    (28, "CAP_LEASE", "leases on other users' files cannot be restored"),
];

/// The capabilities of this thread.
pub(super) struct Rights {
    effective: u64,
    bounding: u64,
    /// Whether they count in the initial user namespace.
    initial_namespace: bool,
}

impl Rights {
    pub(super) fn own() -> Result<Self, Lack> {
        let text = std::fs::read("/proc/thread-self/status")
            .map_err(|e| Lack::untried(format!("read status: {e}")))?;
        let caps = status::parse(&text)
            .map_err(|e| Lack::untried(e.to_string()))?
            .caps;
        // The initial namespace maps every id to itself, in one line.
        let map = crate::sys::files::text("/proc/self/uid_map").unwrap_or_default();
        let initial = map.is_empty() || map.split_whitespace().eq(["0", "0", "4294967295"]);
        Ok(Self {
            effective: caps.effective,
            bounding: caps.bounding,
            initial_namespace: initial,
        })
    }

    pub(super) fn has(&self, capability: u32) -> bool {
        self.effective & 1 << capability != 0
    }

    fn describe(&self, capability: u32) -> Result<String, Lack> {
        match (self.has(capability), self.bounding & 1 << capability != 0) {
            (true, _) if !self.initial_namespace => Ok("held, within a user namespace".to_owned()),
            (true, _) => Ok("held".to_owned()),
            (false, true) => Err(Lack::missing("not held")),
            (false, false) => Err(Lack::missing("not held, and not in the bounding set")),
        }
    }
}

/// Each capability that matters, by name, as held effectively by this thread.
pub fn capabilities() -> Vec<Feature> {
    let rights = Rights::own();
    let found = |capability: u32| match &rights {
        Ok(rights) => rights.describe(capability),
        Err(Lack::Missing(detail) | Lack::Untried(detail)) => Err(Lack::untried(detail.clone())),
    };
    TABLE
        .iter()
        .map(|&(number, name, costs)| Feature::optional(name, costs, found(number)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_and_lacked() {
        let rights = Rights {
            effective: 1 << 19 | 1 << 40,
            bounding: 1 << 24,
            initial_namespace: true,
        };
        assert!(rights.has(SYS_PTRACE) && rights.has(40) && !rights.has(24));
        assert_eq!(rights.describe(40).unwrap(), "held");
        assert!(matches!(rights.describe(24), Err(Lack::Missing(d)) if d == "not held"));
        assert!(matches!(rights.describe(7), Err(Lack::Missing(d)) if d.ends_with("bounding set")));
        let inner = Rights {
            initial_namespace: false,
            ..rights
        };
        assert_eq!(inner.describe(19).unwrap(), "held, within a user namespace");
    }

    #[test]
    fn every_number_has_one_name() {
        for (i, (number, name, _)) in TABLE.iter().enumerate() {
            assert!(*number < 64 && name.starts_with("CAP_"));
            assert!(
                TABLE[..i]
                    .iter()
                    .all(|(other, known, _)| other != number && known != name)
            );
        }
    }
}
