// SPDX-License-Identifier: GPL-2.0-only
//! Triggers of pressure stall information (`Documentation/accounting/psi.rst`): what was written to a descriptor once stays
//! with it, and no call shows it (`kernel/sched/psi.c`, `struct psi_trigger`).

use super::{Kernel, Member};
use std::io;
use std::os::fd::BorrowedFd;

const WANTED: [Member; 7] = [
    ("seq_file", "private"),
    ("kernfs_open_file", "priv"),
    ("cgroup_file_ctx", "psi"),
    ("psi_trigger", "state"),
    ("psi_trigger", "threshold"),
    ("psi_trigger", "win"),
    ("psi_window", "size"),
];

/// Where a file of this kind lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `/proc/pressure`.
    Proc,
    /// A control group.
    Group,
}

/// What was written to a descriptor of ours, as it is to be written again; `None` for nothing.
///
/// # Errors
/// No way into the kernel's memory.
pub(crate) fn trigger(fd: BorrowedFd<'_>, place: Place, name: &[u8]) -> io::Result<Option<String>> {
    const NS_PER_US: u64 = 1000;
    let kernel = Kernel::open(&WANTED)?;
    let lines = kernel.follow(kernel.file(fd)?, "file", "private_data")?;
    let private = kernel.follow(lines, "seq_file", "private")?;
    let trigger = match place {
        Place::Proc => private,
        Place::Group => {
            let context = kernel.follow(private, "kernfs_open_file", "priv")?;
            kernel.follow(context, "cgroup_file_ctx", "psi")?
        }
    };
    if trigger == 0 {
        return Ok(None);
    }
    let state = kernel.int(trigger, "psi_trigger", "state")?;
    let threshold = kernel.follow(trigger, "psi_trigger", "threshold")? / NS_PER_US;
    let window = kernel.follow(kernel.at(trigger, "psi_trigger", "win")?, "psi_window", "size")? / NS_PER_US;
    // States come in pairs but for interrupts, of which there is one.
    let full = state % 2 == 1 || name.starts_with(b"irq");
    let which = if full { "full" } else { "some" };
    Ok(Some(format!("{which} {threshold} {window}")))
}
