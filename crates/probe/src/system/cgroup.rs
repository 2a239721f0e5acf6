// SPDX-License-Identifier: GPL-2.0-only
//! `Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst`, `Documentation/admin-guide/cgroup-v2.rst`.

use crate::feature::{Feature, Found, Lack};
use rustix::fs::{Access, access};
use stasis_kernel_text::mountinfo::{self, Mount};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const COSTS: &str = "nothing: trees are stopped by ptrace, and a frozen group would outlive a killed dump";

/// The freezer of version 1 and of version 2 (5.2): whether there is one and whether groups can be made in
/// it. A dump does not use it, but who froze its target can be told by it.
pub fn cgroup_freezer() -> Vec<Feature> {
    let text = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let mounts = mountinfo::parse(&text).unwrap_or_default();
    vec![
        Feature::optional("cgroup v1 freezer", COSTS, v1(&mounts)),
        Feature::optional("cgroup v2 freezer", COSTS, v2(&mounts)),
    ]
}

fn v1(mounts: &[Mount<'_>]) -> Found {
    let has_freezer = |mount: &Mount<'_>| mount.super_options.split(|&b| b == b',').any(|o| o == b"freezer");
    let mount = mounts.iter().find(|m| *m.fs_type == *b"cgroup" && has_freezer(m));
    usable(point(mount.ok_or_else(|| Lack::missing("not mounted"))?))
}

fn v2(mounts: &[Mount<'_>]) -> Found {
    let mount = mounts.iter().find(|m| *m.fs_type == *b"cgroup2");
    let root = point(mount.ok_or_else(|| Lack::missing("not mounted"))?);
    // The root group cannot be frozen: only a group below it shows whether the kernel has the file.
    let groups =
        std::fs::read_dir(&root).map_err(|e| Lack::untried(format!("list {}: {e}", root.display())))?;
    let mut groups = groups
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    match groups.next() {
        Some(group) if group.join("cgroup.freeze").exists() => usable(root),
        Some(group) => Err(Lack::missing(format!("no cgroup.freeze in {}", group.display()))),
        None => Err(Lack::untried(format!(
            "no group below {} to look at",
            root.display()
        ))),
    }
}

fn point(mount: &Mount<'_>) -> PathBuf {
    Path::new(OsStr::from_bytes(&mount.point)).to_owned()
}

fn usable(root: PathBuf) -> Found {
    match access(&root, Access::WRITE_OK) {
        Ok(()) => Ok(format!("at {}", root.display())),
        Err(_) => Err(Lack::missing(format!("{} cannot be written", root.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_mount_has_the_freezer() {
        let text = b"1 0 0:1 / /a rw - cgroup c rw,cpu\n2 0 0:2 / /proc rw - cgroup c rw,freezer\n";
        let mounts = mountinfo::parse(text).unwrap();
        assert!(matches!(v1(&mounts[..1]), Err(Lack::Missing(detail)) if detail == "not mounted"));
        let (Ok(detail) | Err(Lack::Missing(detail) | Lack::Untried(detail))) = v1(&mounts);
        assert!(detail.contains("/proc"), "{detail}");
        assert!(matches!(v2(&mounts), Err(Lack::Missing(_))));
    }
}
