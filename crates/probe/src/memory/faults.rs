// SPDX-License-Identifier: GPL-2.0-only
use crate::feature::{Feature, Lack};
use crate::sys::ioctl;
use linux_raw_sys::general::{UFFD_FEATURE_WP_ASYNC, UFFD_FEATURE_WP_UNPOPULATED, UFFD_USER_MODE_ONLY};
use rustix::io::Errno;

/// `userfaultfd(2)` (4.3, `CONFIG_USERFAULTFD`; `Documentation/admin-guide/mm/userfaultfd.rst`).
pub fn userfaultfd() -> Feature {
    let found = match ioctl::userfaultfd_features(0) {
        Ok(features) => Ok(format!("features {features:#x}")),
        // One for faults of user space alone is for everybody (5.11), and enough where pages are placed and nobody faults.
        Err(Errno::PERM) => match ioctl::userfaultfd_features(UFFD_USER_MODE_ONLY) {
            Ok(features) => Ok(format!("features {features:#x}, user mode only")),
            Err(_) => Err(Lack::missing(
                "not permitted: needs CAP_SYS_PTRACE or vm.unprivileged_userfaultfd=1",
            )),
        },
        Err(errno) => Err(Lack::from_errno("userfaultfd", errno)),
    };
    Feature::required("userfaultfd", "page pipes cannot fill memory: no restore", found)
}

/// Asynchronous write protection (6.7), which with `PAGEMAP_SCAN` tells what was written since.
pub fn write_protect_async() -> Feature {
    let wanted = u64::from(UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED);
    let found = match ioctl::userfaultfd_features(0) {
        Ok(features) if features & wanted == wanted => Ok("writes can be tracked".to_owned()),
        Ok(features) => Err(Lack::missing(format!("not among the features {features:#x}"))),
        Err(errno) => Err(Lack::from_errno("userfaultfd", errno)),
    };
    let costs = "snapshots that store only what changed need soft-dirty tracking instead";
    Feature::optional("UFFD_FEATURE_WP_ASYNC", costs, found)
}
