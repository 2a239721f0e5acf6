// SPDX-License-Identifier: GPL-2.0-only
//! Register sets other than the general one (include/uapi/linux/elf.h), and how those of SVE are laid out
//! (arch/arm64/include/uapi/asm/{ptrace,sve_context}.h).

pub(super) const NT_PRFPREG: usize = 2;
pub(super) const NT_ARM_TLS: usize = 0x401;
pub(super) const NT_ARM_SVE: usize = 0x405;
pub(super) const NT_ARM_PACA_KEYS: usize = 0x407;
pub(super) const NT_ARM_PACG_KEYS: usize = 0x408;
pub(super) const NT_ARM_TAGGED_ADDR_CTRL: usize = 0x409;
pub(super) const NT_ARM_PAC_ENABLED_KEYS: usize = 0x40a;
pub(super) const NT_ARM_SSVE: usize = 0x40b;
pub(super) const NT_ARM_ZA: usize = 0x40c;
pub(super) const NT_ARM_GCS: usize = 0x410;

/// `struct user_fpsimd_state`: v0 to v31, FPSR, FPCR, padding.
pub(super) const FPSIMD: usize = 528;
pub(super) const VREGS: usize = 512;
/// `struct user_sve_header`.
pub(super) const SVE_HEADER: usize = 16;
/// The longest vectors that the kernel can handle (`SVE_VL_MAX`), in bytes.
const LONGEST: usize = 512 * 16;
/// Room for any answer to `NT_ARM_SVE`.
pub(super) const SVE_MOST: usize = SVE_HEADER + sve_registers(LONGEST).next_multiple_of(16) + 16;

/// Bytes of z0 to z31, p0 to p15 and FFR in vectors of `vl` bytes.
pub(super) const fn sve_registers(vl: usize) -> usize {
    32 * vl + 17 * (vl / 8)
}

/// The header of an `NT_ARM_SVE` set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SveHeader {
    /// Bytes of the set, header included.
    pub(super) size: usize,
    /// Bytes of a vector.
    pub(super) vl: usize,
    /// `SVE_PT_REGS_SVE`: vectors in full and predicates follow, else FPSIMD registers only.
    pub(super) live: bool,
}

impl SveHeader {
    pub(super) fn parse(set: &[u8]) -> Option<Self> {
        let size = u32::from_le_bytes(set.get(0..4)?.try_into().ok()?);
        let half = |at: usize| Some(u16::from_le_bytes(set.get(at..at + 2)?.try_into().ok()?));
        Some(Self {
            size: usize::try_from(size).ok()?,
            vl: usize::from(half(8)?),
            live: half(12)? & 1 != 0,
        })
    }
}
