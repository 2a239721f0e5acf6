// SPDX-License-Identifier: GPL-2.0-only
//! The buffers that pages pass through, kept from pump to pump: the first touch of new memory costs
//! more than the carrying, and a dump of a hundred small tasks has hundreds of pumps.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::sys::Buffer;

/// Bytes a buffer: a fifth of a usual second-level cache, so that what was read is still there to be summed and
/// written, even while a neighbour uses that cache, too. Smaller ones cost more system calls than they save.
pub(crate) const SIZE: usize = 256 << 10;

/// Buffers kept for later.
const KEPT: usize = 16;

static POOL: Mutex<Vec<Buffer>> = Mutex::new(Vec::new());

/// A buffer of [`SIZE`] bytes on loan, with whatever its last user left in it.
#[derive(Debug)]
pub(crate) struct Loan(Option<Buffer>);

impl Loan {
    pub(crate) fn take() -> Result<Self> {
        let kept = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let buffer = kept.map_or_else(|| Buffer::new(SIZE), Ok).map_err(|errno| {
            Error::os(
                ErrorKind::Host,
                "mmap",
                "get",
                format!("{SIZE} bytes of memory"),
                errno,
            )
        })?;
        Ok(Self(Some(buffer)))
    }
}

impl Deref for Loan {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.0.as_deref_mut().unwrap_or_default()
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < KEPT {
            pool.extend(self.0.take());
        }
    }
}
