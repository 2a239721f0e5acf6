// SPDX-License-Identifier: GPL-2.0-only
use super::layout::{
    FPSIMD, NT_ARM_GCS, NT_ARM_PAC_ENABLED_KEYS, NT_ARM_PACA_KEYS, NT_ARM_PACG_KEYS, NT_ARM_SSVE, NT_ARM_SVE,
    NT_ARM_TAGGED_ADDR_CTRL, NT_ARM_TLS, NT_ARM_ZA, NT_PRFPREG, SVE_HEADER, SVE_MOST, SveHeader,
};
use crate::ptrace;
use std::io::Result;

/// All that a thread has in registers beyond the general ones, set by set as ptrace(2) shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FpuState {
    /// `NT_PRFPREG`: v0 to v31, FPSR, FPCR.
    pub(super) fpsimd: Vec<u8>,
    /// `NT_ARM_SVE`: the length of the vectors and, where they are live, the whole of them; the same as `fpsimd` else.
    pub(super) sve: Option<Vec<u8>>,
    /// `NT_ARM_TLS`: TPIDR_EL0, and TPIDR2_EL0 from Linux 6.3 on.
    pub(super) tls: Vec<u8>,
    /// `NT_ARM_PACA_KEYS`: the keys that sign addresses.
    pub(super) address_keys: Option<Vec<u8>>,
    /// `NT_ARM_PACG_KEYS`: the key that signs anything else.
    pub(super) generic_key: Option<Vec<u8>>,
    /// `NT_ARM_PAC_ENABLED_KEYS`: which of them are in use (`PR_PAC_SET_ENABLED_KEYS`, 5.13).
    pub(super) enabled_keys: Option<Vec<u8>>,
    /// `NT_ARM_TAGGED_ADDR_CTRL`: whether system calls take tagged pointers, and how tags are checked (5.10).
    pub(super) tagged: Option<Vec<u8>>,
}

impl FpuState {
    pub fn read(tid: i32) -> Result<Self> {
        Ok(Self {
            fpsimd: set(tid, NT_PRFPREG, FPSIMD)?,
            sve: optional(tid, NT_ARM_SVE, SVE_MOST)?.map(shortened),
            tls: set(tid, NT_ARM_TLS, 16)?,
            address_keys: optional(tid, NT_ARM_PACA_KEYS, 64)?,
            generic_key: optional(tid, NT_ARM_PACG_KEYS, 16)?,
            enabled_keys: optional(tid, NT_ARM_PAC_ENABLED_KEYS, 8)?,
            tagged: optional(tid, NT_ARM_TAGGED_ADDR_CTRL, 8)?,
        })
    }

    pub fn write(&self, tid: i32) -> Result<()> {
        match &self.sve {
            Some(sve) => ptrace::set_regset(tid, NT_ARM_SVE, sve)?,
            None => ptrace::set_regset(tid, NT_PRFPREG, &self.fpsimd)?,
        }
        ptrace::set_regset(tid, NT_ARM_TLS, &self.tls)?;
        let rest = [
            (NT_ARM_PACA_KEYS, &self.address_keys),
            (NT_ARM_PACG_KEYS, &self.generic_key),
            (NT_ARM_PAC_ENABLED_KEYS, &self.enabled_keys),
            (NT_ARM_TAGGED_ADDR_CTRL, &self.tagged),
        ];
        for (number, value) in rest {
            if let Some(value) = value {
                ptrace::set_regset(tid, number, value)?;
            }
        }
        Ok(())
    }

    /// Length and content of the vectors, where more than the FPSIMD part of them is in use.
    pub(super) fn live_sve(&self) -> Option<(SveHeader, &[u8])> {
        let set = self.sve.as_deref()?;
        let header = SveHeader::parse(set).filter(|header| header.live)?;
        Some((header, set.get(SVE_HEADER..)?))
    }

    /// As it is: every set has the length that the kernel takes.
    #[must_use]
    pub fn fitted(self) -> Self {
        self
    }
}

/// State of a thread that is in no register set which is kept, by name.
pub(crate) fn unsupported(tid: i32) -> Result<Option<&'static str>> {
    let live = |number| {
        let set = optional(tid, number, SVE_HEADER)?;
        Ok::<_, std::io::Error>(set.and_then(|set| SveHeader::parse(&set)))
    };
    if live(NT_ARM_SSVE)?.is_some_and(|header| header.live) {
        return Ok(Some("it is in SME's streaming mode"));
    }
    if live(NT_ARM_ZA)?.is_some_and(|header| header.size > SVE_HEADER) {
        return Ok(Some("it uses SME's matrix register (ZA)"));
    }
    let shadow_stack = optional(tid, NT_ARM_GCS, 24)?;
    if shadow_stack.is_some_and(|set| set.first().is_some_and(|features| features & 1 != 0)) {
        return Ok(Some("it has a shadow stack (GCS)"));
    }
    Ok(None)
}

/// Bytes of the registers that every machine has, and what this one has beyond: 1 SVE, 2 pointer authentication of
/// addresses, 4 of other data.
#[must_use]
pub fn fpu_extent() -> (u64, u64) {
    let features = [
        std::arch::is_aarch64_feature_detected!("sve"),
        std::arch::is_aarch64_feature_detected!("paca"),
        std::arch::is_aarch64_feature_detected!("pacg"),
    ];
    let features = features.into_iter().enumerate();
    let bits = features.fold(0, |bits, (bit, there)| bits | u64::from(there) << bit);
    (FPSIMD as u64, bits)
}

fn set(tid: i32, number: usize, most: usize) -> Result<Vec<u8>> {
    let mut buffer = vec![0; most];
    let length = ptrace::get_regset(tid, number, &mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// `None` where the machine or the kernel has no such set.
fn optional(tid: i32, number: usize, most: usize) -> Result<Option<Vec<u8>>> {
    match set(tid, number, most) {
        Ok(set) => Ok(Some(set)),
        Err(error) => match error.raw_os_error() {
            Some(libc::EINVAL | libc::EIO | libc::ENODEV | libc::EOPNOTSUPP) => Ok(None),
            _ => Err(error),
        },
    }
}

/// The kernel answers with room for the longest vectors, whatever the header says.
fn shortened(mut set: Vec<u8>) -> Vec<u8> {
    if let Some(header) = SveHeader::parse(&set) {
        set.truncate(header.size);
    }
    set
}
