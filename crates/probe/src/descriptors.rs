// SPDX-License-Identifier: GPL-2.0-only
//! What `/proc/PID/fdinfo` tells of open files.

use crate::feature::{Feature, Lack};
use crate::sys::files::text;
use rustix::event::{EventfdFlags, eventfd};
use std::os::fd::AsRawFd;

/// `eventfd-semaphore` in fdinfo (6.5).
pub fn eventfd_semaphore() -> Feature {
    let found = eventfd(0, EventfdFlags::SEMAPHORE | EventfdFlags::CLOEXEC)
        .map_err(Lack::prepare("eventfd"))
        .and_then(|fd| {
            let path = format!("/proc/self/fdinfo/{}", fd.as_raw_fd());
            let text = text(&path).map_err(|error| Lack::untried(format!("{path}: {error}")))?;
            match text.lines().any(|line| line.starts_with("eventfd-semaphore:")) {
                true => Ok("semaphores are told".to_owned()),
                false => Err(Lack::missing("fdinfo has no such line")),
            }
        });
    let costs = "eventfds made with EFD_SEMAPHORE come back as plain counters";
    Feature::optional("eventfd-semaphore", costs, found)
}
