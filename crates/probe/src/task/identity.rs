// SPDX-License-Identifier: GPL-2.0-only
use crate::feature::{Feature, Found, Lack};
use crate::sys::calls;
use rustix::io::Errno;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd as getfd, pidfd_open};
use std::os::fd::AsRawFd;

/// `kcmp(2)` (3.5, `CONFIG_KCMP`).
pub fn kcmp() -> Feature {
    let found = match calls::kcmp_self() {
        Ok(0) => Ok("this process equals itself".to_owned()),
        Ok(order) => Err(Lack::missing(format!(
            "this process differs from itself by {order}"
        ))),
        Err(errno) => Err(Lack::from_errno("kcmp", errno)),
    };
    Feature::required("kcmp", "what descriptors share cannot be told: no dump", found)
}

/// `pidfd_getfd(2)` (5.6).
pub fn pidfd_getfd() -> Feature {
    Feature::required(
        "pidfd_getfd",
        "open files cannot be looked into: no dump",
        duplicate_own_descriptor(),
    )
}

fn duplicate_own_descriptor() -> Found {
    let pidfd = pidfd_open(getpid(), PidfdFlags::empty()).map_err(|e| Lack::from_errno("pidfd_open", e))?;
    match getfd(&pidfd, pidfd.as_raw_fd(), PidfdGetfdFlags::empty()) {
        Ok(_) => Ok("duplicates descriptors".to_owned()),
        Err(errno) => Err(Lack::from_errno("pidfd_getfd", errno)),
    }
}

/// `clone3(2)` with `set_tid` (5.5): asked for a pid that is taken, the kernel says so only to who may
/// choose.
pub fn set_tid() -> Feature {
    let found = match calls::clone3_with_own_pid() {
        Errno::EXIST => Ok("pids can be chosen".to_owned()),
        Errno::PERM => Err(Lack::missing(
            "not permitted: needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN",
        )),
        errno => Err(Lack::from_errno("clone3", errno)),
    };
    Feature::required("clone3 set_tid", "tasks would get other pids: no restore", found)
}

/// `/proc/PID/task/TID/children` (3.5, `CONFIG_PROC_CHILDREN`).
pub fn children() -> Feature {
    let found = match std::fs::read("/proc/thread-self/children") {
        Ok(_) => Ok("lists children".to_owned()),
        Err(error) => Err(Lack::missing(format!("/proc/PID/task/TID/children: {error}"))),
    };
    Feature::required(
        "/proc children",
        "the tree below a process cannot be found: no dump",
        found,
    )
}
