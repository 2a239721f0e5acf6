// SPDX-License-Identifier: GPL-2.0-only
//! Facts about the descriptors of a set of stopped tasks, seen from outside: what is open, which descriptors
//! are one description (kcmp(2)), what lies unread in pipes and sockets, which locks are held, and what of
//! all this cannot be dumped.
//!
//! Everything is asked through `/proc`, `sock_diag(7)` and duplicates taken with pidfd_getfd(2). A duplicate
//! shares its description with the task, so nothing is done with it that a task could notice: no read, no
//! seek, no change of flags. Where a look needs more than a query (the second message of a queue),
//! `sys::peek` says why it is harmless.
//!
//! Start at [`survey`]. A new kind of descriptor goes into `describe/` (or `socket/`): a function that fills
//! its part of [`stasis_wire::facts::Description`] or says why it is refused.

mod attributes;
mod btf;
mod case;
mod classes;
mod context;
mod describe;
mod error;
mod finish;
mod holders;
mod index;
mod kernel;
mod locks;
mod objects;
mod other_name;
mod refusals;
mod room;
mod sharing;
mod socket;
mod subject;
mod survey;
mod sys;
mod table;

pub use attributes::attributes;
pub use error::{FilesError, Result};
pub use holders::{Wanted, holders};
pub use kernel::timers::{Waiting as WaitingTimer, waiting as waiting_timers};
pub use objects::Objects;
pub use other_name::other_name;
pub use refusals::TOO_LONG;
pub use subject::{Options, Subject};
pub use survey::{FileFacts, TaskFiles, survey};

/// Prepares what a survey might need and what takes some 10 ms. Best called, in a thread, before the tasks
/// are stopped; without it the survey does the same when, and only when, it meets an unread terminal.
pub fn warm_up() {
    describe::tty_queue::warm_up();
}
