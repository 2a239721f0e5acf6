// SPDX-License-Identifier: GPL-2.0-only
//! What a process has registered for with `membarrier(2)` (include/uapi/linux/membarrier.h).
use crate::sys;
use linux_raw_sys::general::membarrier_cmd::{
    self, MEMBARRIER_CMD_GET_REGISTRATIONS, MEMBARRIER_CMD_PRIVATE_EXPEDITED,
    MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
};
use stasis_abi::Sys;
use stasis_arena::{Arena, Builder, Step};
use std::sync::OnceLock;

/// Commands that a process may call once it has registered for them, in the bit below that of the registration.
const TRIED: [membarrier_cmd; 3] = [
    MEMBARRIER_CMD_PRIVATE_EXPEDITED,
    MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
    MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ,
];

/// Where the answers lie.
pub(super) enum Membarrier {
    /// `MEMBARRIER_CMD_GET_REGISTRATIONS` (6.3).
    Told(u16),
    /// Kernels before: each command is called, for nothing, since no other thread of the process runs. Whether it is
    /// registered for `GLOBAL_EXPEDITED` remains unknown.
    Tried([u16; TRIED.len()]),
}

impl Membarrier {
    pub(super) fn write(builder: &mut Builder, strand: u32) -> Self {
        let mut ask = |command: membarrier_cmd| {
            let arguments = [(command as u32).into(), 0u64.into(), 0u64.into()];
            builder.ask(strand, Step::call(Sys::Membarrier, &arguments))
        };
        static TOLD: OnceLock<bool> = OnceLock::new();
        match TOLD.get_or_init(|| sys::membarrier(MEMBARRIER_CMD_GET_REGISTRATIONS).is_ok()) {
            true => Self::Told(ask(MEMBARRIER_CMD_GET_REGISTRATIONS)),
            false => Self::Tried(TRIED.map(ask)),
        }
    }

    /// Registrations, each the bit of its command; 0 where the kernel has none of this.
    pub(super) fn read(&self, arena: &Arena, strand: u32) -> u32 {
        let answer = |slot| arena.slot(strand, slot).map_or(-1, u64::cast_signed);
        match self {
            Self::Told(slot) => u32::try_from(answer(*slot)).unwrap_or(0),
            Self::Tried(slots) => {
                let registered = TRIED.iter().zip(slots).filter(|(_, slot)| answer(**slot) == 0);
                registered.map(|(command, _)| (*command as u32) << 1).sum()
            }
        }
    }
}
