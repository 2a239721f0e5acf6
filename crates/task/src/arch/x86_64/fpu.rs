// SPDX-License-Identifier: GPL-2.0-only
use super::layout::layout;
use crate::ptrace;

/// `NT_X86_XSTATE`: the XSAVE area in its standard (not compacted) format.
const NT_X86_XSTATE: usize = 0x202;

/// The whole XSAVE area of a thread as ptrace(2) shows it: legacy region (512 bytes), header
/// (64 bytes), then each enabled feature at its standard offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FpuState(pub Vec<u8>);

impl FpuState {
    pub fn read(tid: i32) -> std::io::Result<Self> {
        let mut buffer = vec![0u8; layout().size as usize];
        let length = ptrace::get_regset(tid, NT_X86_XSTATE, &mut buffer)?;
        buffer.truncate(length);
        Ok(Self(buffer))
    }

    pub fn write(&self, tid: i32) -> std::io::Result<()> {
        ptrace::set_regset(tid, NT_X86_XSTATE, &self.0)
    }

    /// XCR0 as recorded in the area's software-reserved bytes (`XSTATE_XCR0_OFFSET` = 464).
    #[must_use]
    pub fn features(&self) -> u64 {
        self.word(464)
    }

    /// The area in the length that this machine's kernel insists on when it is set. A shorter one
    /// comes from a machine with fewer features: what it lacks is in its initial state.
    #[must_use]
    pub fn fitted(mut self) -> Self {
        let (length, _) = fpu_extent();
        self.0.resize(usize::try_from(length).unwrap_or(self.0.len()), 0);
        self
    }

    fn word(&self, at: usize) -> u64 {
        self.0
            .get(at..at + 8)
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u64::from_le_bytes)
    }
}

/// State of a thread that is in no register set which is kept, by name: the area holds all.
pub(crate) fn unsupported(_tid: i32) -> std::io::Result<Option<&'static str>> {
    Ok(None)
}

/// Bytes of this machine's XSAVE area and the features (XCR0) it holds.
#[must_use]
pub fn fpu_extent() -> (u64, u64) {
    let layout = layout();
    (layout.size, layout.features)
}
