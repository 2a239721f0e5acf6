// SPDX-License-Identifier: GPL-2.0-only
//! Which protection keys a process has from `pkey_alloc(2)` (`Documentation/core-api/protection-keys.rst`).
use stasis_abi::Sys;
use stasis_arena::{Arena, Builder, Step};
use stasis_wire::facts::Task;

/// Keys of x86; arm64 has 8.
const KEYS: u32 = 16;
/// Where no task can map anything, aligned to pages of any size.
const NO_PAGE: u64 = 0xffff_ffff_0000_0000;

/// Where the answers lie. The kernel has no call for the question, but it tells by the errno of one that cannot succeed:
/// EINVAL for a key that is free, and only behind that ENOMEM, since there is no memory (`do_mprotect_pkey`,
/// mm/mprotect.c).
pub(super) struct ProtectionKeys(Vec<u16>);

impl ProtectionKeys {
    /// Asks nothing where the processor has no keys.
    pub(super) fn write(builder: &mut Builder, strand: u32, task: &Task) -> Self {
        let keys = match task.vmas.iter().any(|vma| vma.protection_key != 0) {
            true => KEYS,
            false => 0,
        };
        let ask = |key: u32| {
            let arguments = [NO_PAGE.into(), 1u64.into(), libc::PROT_NONE.into(), key.into()];
            builder.ask(strand, Step::call(Sys::PkeyMprotect, &arguments))
        };
        Self((0..keys).map(ask).collect())
    }

    /// The keys given out, key 0 among them, each a bit.
    pub(super) fn read(&self, arena: &Arena, strand: u32) -> u32 {
        let given = |slot| arena.slot(strand, slot).map(u64::cast_signed) == Some(-i64::from(libc::ENOMEM));
        let keys = (0..).zip(&self.0).filter(|(_, slot)| given(**slot));
        keys.map(|(key, _)| 1u32 << key).sum()
    }
}
