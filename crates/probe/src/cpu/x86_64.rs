// SPDX-License-Identifier: GPL-2.0-only
//! XSAVE (Intel SDM volume 1, chapter 13; `Documentation/arch/x86/xstate.rst`).
#![allow(unsafe_code)]
// Safety: `xgetbv` is executed only after CPUID has said that the operating system turned it on.

use crate::feature::{Feature, Found, Lack};
use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};

/// CPUID.1:ECX.OSXSAVE.
const OSXSAVE: u32 = 1 << 27;

/// State components by their bit in XCR0; those left out are of supervisors or reserved.
const COMPONENTS: &[(u64, &str)] = &[
    (0, "x87"),
    (1, "SSE"),
    (2, "AVX"),
    (3, "MPX bounds"),
    (5, "AVX-512"),
    (9, "PKRU"),
    (17, "AMX tile configuration"),
    (18, "AMX tiles"),
];

pub(super) fn extended_registers() -> Vec<Feature> {
    let costs = "only x87 and SSE registers are stored; images with more are refused";
    vec![Feature::optional("XSAVE", costs, xsave())]
}

fn xsave() -> Found {
    if __cpuid(1).ecx & OSXSAVE == 0 {
        return Err(Lack::missing("not turned on"));
    }
    let size = __cpuid_count(0xd, 0).ebx;
    // SAFETY: OSXSAVE is set.
    let enabled = unsafe { xcr0() };
    Ok(format!("{size} bytes, features {enabled:#x}: {}", names(enabled)))
}

fn names(enabled: u64) -> String {
    let names: Vec<_> = COMPONENTS
        .iter()
        .filter(|(bit, _)| enabled >> bit & 1 != 0)
        .map(|(_, name)| *name)
        .collect();
    names.join(", ")
}

/// # Safety
/// CPUID must report OSXSAVE.
#[target_feature(enable = "xsave")]
unsafe fn xcr0() -> u64 {
    // SAFETY: by this function's own condition.
    unsafe { _xgetbv(0) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_components() {
        assert_eq!(super::names(0x207), "x87, SSE, AVX, PKRU");
        assert_eq!(super::names(0), "");
    }
}
