// SPDX-License-Identifier: GPL-2.0-only
use crate::feature::{Feature, Lack};
use crate::sys::calls;

/// `MEMBARRIER_CMD_GET_REGISTRATIONS` (6.3).
pub fn membarrier_registrations() -> Feature {
    let found = match calls::membarrier_registrations() {
        Ok(_) => Ok("registrations are told".to_owned()),
        Err(errno) => Err(Lack::from_errno("membarrier", errno)),
    };
    let costs = "registrations are found by trying, but that for MEMBARRIER_CMD_GLOBAL_EXPEDITED is lost";
    Feature::optional("MEMBARRIER_CMD_GET_REGISTRATIONS", costs, found)
}
