// SPDX-License-Identifier: GPL-2.0-only
mod error;
mod objects;
mod refusals;
mod sys;

pub use error::{FilesError, Result};
pub use objects::Objects;
