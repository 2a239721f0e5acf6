// SPDX-License-Identifier: GPL-2.0-only
//! `eventfd_show_fdinfo` in `fs/eventfd.c`.

use crate::error::Result;
use crate::scan::Line;

/// An eventfd.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Eventfd {
    /// The counter.
    pub count: u64,
    /// Tells one eventfd from another in the same kernel (5.2).
    pub id: Option<i32>,
    /// Whether it is a semaphore (later than 6.1). Where it is not printed, only a read tells: it takes 1, or
    /// all.
    pub semaphore: Option<bool>,
}

pub(super) fn read(eventfd: &mut Eventfd, mut line: Line<'_>) -> Result<bool> {
    if line.skip(b"eventfd-count:") {
        eventfd.count = line.hex("the counter in hexadecimal")?;
    } else if line.skip(b"eventfd-id:") {
        eventfd.id = Some(line.signed("the id of the eventfd")?);
    } else if line.skip(b"eventfd-semaphore:") {
        eventfd.semaphore = Some(line.dec::<u32>("0 or 1")? != 0);
    } else {
        return Ok(false);
    }
    Ok(true)
}
