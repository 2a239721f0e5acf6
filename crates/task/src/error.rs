// SPDX-License-Identifier: GPL-2.0-only
pub use stasis_error::{Error as TaskError, Kind as ErrorKind, Result};
