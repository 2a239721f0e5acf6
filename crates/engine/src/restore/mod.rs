// SPDX-License-Identifier: GPL-2.0-only
//! A tree being made from a plan.
mod failure;
mod session;
mod takeover;
mod watch;

pub use session::{End, RestoreError, RestoreSession, Start};
