// SPDX-License-Identifier: GPL-2.0-only
use super::capability::{Rights, SYS_PTRACE};
use crate::feature::{Feature, Found, Lack};
use crate::sys::files::text;
use crate::sys::tracee::Tracee;
use rustix::io::Errno;

const YAMA: &str = "/proc/sys/kernel/yama/ptrace_scope";

/// `PTRACE_GET_RSEQ_CONFIGURATION` (5.13, `CONFIG_RSEQ`), asked of a child.
pub fn rseq_configuration() -> Feature {
    let costs = "rseq registrations are lost: what counts on them, like sched_getcpu(3), may be wrong after a restore";
    Feature::optional("PTRACE_GET_RSEQ_CONFIGURATION", costs, rseq_of_child())
}

fn rseq_of_child() -> Found {
    let child = Tracee::start().map_err(Lack::prepare("trace a child"))?;
    match child.rseq_configuration() {
        Ok(size) => Ok(format!("{size} bytes")),
        Err(Errno::IO | Errno::INVAL) => Err(Lack::missing("the kernel does not know it")),
        Err(errno) => Err(Lack::from_errno("ptrace", errno)),
    }
}

/// Yama's `kernel.yama.ptrace_scope` (`Documentation/admin-guide/LSM/Yama.rst`): whether processes may be
/// traced that are no children.
pub fn ptrace_scope() -> Feature {
    let scope = text(YAMA).ok();
    let found = allowed(
        scope.as_deref().map(str::trim),
        Rights::own().is_ok_and(|r| r.has(SYS_PTRACE)),
    );
    Feature::required("ptrace", "tasks cannot be stopped: no dump, no restore", found)
}

fn allowed(scope: Option<&str>, privileged: bool) -> Found {
    match scope {
        None => Ok("not restricted by Yama".to_owned()),
        Some("0") => Ok("ptrace_scope 0".to_owned()),
        Some(scope @ ("1" | "2")) if privileged => {
            Ok(format!("ptrace_scope {scope}, but CAP_SYS_PTRACE is held"))
        }
        Some("3") => Err(Lack::missing("ptrace_scope 3: nobody may, until the next boot")),
        Some(scope) => Err(Lack::missing(format!(
            "ptrace_scope {scope}: needs CAP_SYS_PTRACE"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yama_allows() {
        for (scope, privileged, expected) in [
            (None, false, true),
            (Some("0"), false, true),
            (Some("1"), false, false),
            (Some("1"), true, true),
            (Some("2"), true, true),
            (Some("3"), true, false),
        ] {
            assert_eq!(
                allowed(scope, privileged).is_ok(),
                expected,
                "{scope:?} {privileged}"
            );
        }
    }
}
