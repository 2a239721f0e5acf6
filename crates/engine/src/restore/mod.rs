// SPDX-License-Identifier: GPL-2.0-only
//! A tree being made from a plan.
mod error;
mod failure;
mod ours;
mod request;
mod session;
mod takeover;
mod watch;

pub use error::RestoreError;
pub use request::{End, Start};
pub use session::RestoreSession;
