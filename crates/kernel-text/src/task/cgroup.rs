// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/cgroup` (`proc_cgroup_show` in `kernel/cgroup/cgroup.c`; `cgroups(7)`).

use crate::error::Result;
use crate::escape::split_deleted;
use crate::scan::Lines;

/// The group of the task in one hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cgroup<'a> {
    /// Number of the hierarchy; 0 is version 2.
    pub hierarchy: u32,
    /// Comma-separated controllers, or `name=NAME` of a named hierarchy; empty in version 2.
    pub controllers: &'a [u8],
    /// Path below the hierarchy's root, as seen from the reader's cgroup namespace (it may start with `/..`).
    pub path: &'a [u8],
    /// Whether the group was removed (it holds a zombie); ` (deleted)` is taken off the path.
    pub deleted: bool,
}

impl Cgroup<'_> {
    /// Whether this is the hierarchy of version 2.
    pub fn is_v2(&self) -> bool {
        self.hierarchy == 0 && self.controllers.is_empty()
    }

    /// Whether the hierarchy has this controller.
    pub fn has_controller(&self, name: &str) -> bool {
        self.controllers
            .split(|&b| b == b',')
            .any(|c| c == name.as_bytes())
    }
}

/// The groups of a task, one a hierarchy.
///
/// # Errors
/// The first line that is not `number:controllers:path`.
pub fn parse(text: &[u8]) -> Result<Vec<Cgroup<'_>>> {
    let mut groups = Vec::new();
    for mut line in Lines::new("/proc/PID/cgroup", text) {
        let hierarchy = line.dec("the number of a hierarchy")?;
        line.need(b":", "a colon before the controllers")?;
        if !line.rest().contains(&b':') {
            return Err(line.error("a colon before the path"));
        }
        let controllers = line.until(b':');
        let (path, deleted) = split_deleted(line.rest());
        groups.push(Cgroup {
            hierarchy,
            controllers,
            path,
            deleted,
        });
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_and_named_hierarchies() {
        let text = b"9:name=systemd:/\n4:cpu,cpuacct:/a:b (deleted)\n0::/x\xff\n";
        let groups = parse(text).unwrap();
        assert!(groups[0].has_controller("name=systemd") && !groups[0].is_v2());
        assert_eq!((groups[1].path, groups[1].deleted), (&b"/a:b"[..], true));
        assert!(groups[1].has_controller("cpu") && !groups[1].has_controller("cp"));
        assert!(groups[2].is_v2());
        assert_eq!(groups[2].path, b"/x\xff");
    }

    #[test]
    fn a_line_without_path_is_an_error() {
        let error = parse(b"0::/\n1:cpu\n").unwrap_err();
        assert_eq!((error.line, error.expected), (2, "a colon before the path"));
    }
}
