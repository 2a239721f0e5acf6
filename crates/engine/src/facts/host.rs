// SPDX-License-Identifier: GPL-2.0-only
use crate::sys;
use sha2::{Digest, Sha256};
use stasis_kernel_text::maps::{self, Name};
use stasis_task::{Memory, RemoteAddress, Result, TaskError};
use stasis_wire::facts::{Host, Range};

/// The running kernel as far as images depend on it: its release, its vdso, its CPU state area.
///
/// Read from this very process: the kernel gives every 64-bit task the same vdso.
pub fn host() -> Result<Host> {
    let own = std::process::id().cast_signed();
    let text = std::fs::read("/proc/self/maps")
        .map_err(|error| TaskError::io("read the mappings", "read", own, 0, &error))?;
    let mut ranges = Vec::new();
    let mut vdso = Vec::new();
    for vma in maps::iter(&text) {
        let vma = vma.map_err(|error| TaskError::because("read the mappings", own, error.to_string()))?;
        let name = match vma.kind() {
            Name::Vdso => {
                vdso = vec![0u8; usize::try_from(vma.end - vma.start).unwrap_or(0)];
                Memory::open(own)?.read(RemoteAddress(vma.start), &mut vdso)?;
                "vdso"
            }
            Name::Vvar => "vvar",
            Name::VvarVclock => "vvar_vclock",
            _ => continue,
        };
        ranges.push(Range {
            name: name.to_owned(),
            start: vma.start,
            end: vma.end,
        });
    }
    let uname = rustix::system::uname();
    let (xstate_size, xstate_features) = stasis_task::arch::fpu_extent();
    Ok(Host {
        release: uname.release().to_string_lossy().into_owned(),
        machine: uname.machine().to_string_lossy().into_owned(),
        vdso_sha256: Sha256::digest(&vdso).to_vec(),
        vdso: ranges,
        xstate_size,
        xstate_features,
        boot_id_hash: boot_id_hash(),
        tick_ns: tick_ns(),
        slice_ns: sys::sched_attr(0).map_or(0, |sched| sched.runtime),
    })
}

/// Coarse clocks are read as the last tick left them (clock_getres(2)).
fn tick_ns() -> u64 {
    let resolution = rustix::time::clock_getres(rustix::time::ClockId::MonotonicCoarse);
    resolution.tv_nsec.unsigned_abs()
}

/// First eight bytes of the SHA-256 of the boot id: tells whether images come from this very boot.
fn boot_id_hash() -> u64 {
    let id = std::fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digest = Sha256::digest(&id);
    digest
        .first_chunk::<8>()
        .map_or(0, |head| u64::from_le_bytes(*head))
}
