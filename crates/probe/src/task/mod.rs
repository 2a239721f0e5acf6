// SPDX-License-Identifier: GPL-2.0-only
//! What is asked of processes, threads and rights.

mod barriers;
mod capability;
mod identity;
mod timers;
mod tracing;

pub use barriers::membarrier_registrations;
pub use capability::capabilities;
pub use identity::{children, kcmp, pidfd_getfd, set_tid};
pub use timers::{posix_timers, timer_restore_ids};
pub use tracing::{ptrace_scope, rseq_configuration};
