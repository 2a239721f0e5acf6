// SPDX-License-Identifier: GPL-2.0-only
//! What this machine could do at best: figures to hold dumps and restores against.

mod rates;

pub use rates::{memcpy_rate, readv_rate, write_rate};
