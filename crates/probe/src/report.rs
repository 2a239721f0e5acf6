// SPDX-License-Identifier: GPL-2.0-only
use crate::feature::{Availability, Feature};
use serde::Serialize;

/// All features of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// No required feature is known to be missing.
    pub ok: bool,
    /// Release of the running kernel, as in `uname(2)`: `6.18.0`.
    pub kernel: String,
    /// Machine, as in `uname(2)`: `x86_64`.
    pub arch: String,
    /// The features: the required ones first.
    pub features: Vec<Feature>,
}

impl Report {
    /// The report as one JSON object with the names of its fields.
    pub fn to_json(&self) -> String {
        // Strings, booleans and lists only: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Tries everything. Call it while nothing is seized: it forks and traces a child of its own.
pub fn report() -> Report {
    let mut features = vec![
        crate::ptrace_scope(),
        crate::process_vm(),
        crate::map_files(),
        crate::mm_map(),
        crate::userfaultfd(),
        crate::memfd(),
        crate::kcmp(),
        crate::pidfd_getfd(),
        crate::set_tid(),
        crate::children(),
        crate::rseq_configuration(),
        crate::posix_timers(),
        crate::timer_restore_ids(),
        crate::membarrier_registrations(),
        crate::eventfd_semaphore(),
        crate::pagemap_scan(),
        crate::guard_pages(),
        crate::guard_scan(),
        crate::anonymous_names(),
        crate::soft_dirty(),
        crate::write_protect_async(),
        crate::transparent_huge_pages(),
    ];
    features.extend(crate::socket_diag());
    features.extend(crate::extended_registers());
    features.extend(crate::cgroup_freezer());
    features.extend([crate::binder(), crate::configfs(), crate::framebuffer()]);
    features.extend(crate::capabilities());
    features.sort_by_key(|feature| !feature.required);
    let uname = rustix::system::uname();
    Report {
        ok: !features
            .iter()
            .any(|f| f.required && f.available == Availability::No),
        kernel: uname.release().to_string_lossy().into_owned(),
        arch: uname.machine().to_string_lossy().into_owned(),
        features,
    }
}
