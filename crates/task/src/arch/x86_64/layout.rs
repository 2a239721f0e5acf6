// SPDX-License-Identifier: GPL-2.0-only
use std::arch::x86_64::__cpuid_count;
use std::sync::OnceLock;

const XSAVE_LEAF: u32 = 0xd;
const COMPONENTS: usize = 63;

/// The standard format of this CPU's XSAVE area (CPUID leaf 0xD; Intel SDM volume 1, chapter 13).
///
/// Asked for once: a virtual machine leaves its guest at every CPUID, which takes as long as ten system calls,
/// and registers are handled a thousand threads at a time.
#[derive(Debug)]
pub(super) struct Layout {
    /// Bytes of the whole area with all enabled features.
    pub(super) size: u64,
    /// Enabled features (XCR0).
    pub(super) features: u64,
    offsets: [u32; COMPONENTS],
    sizes: [u32; COMPONENTS],
}

pub(super) fn layout() -> &'static Layout {
    static LAYOUT: OnceLock<Layout> = OnceLock::new();
    LAYOUT.get_or_init(|| {
        let whole = __cpuid_count(XSAVE_LEAF, 0);
        let features = u64::from(whole.eax) | u64::from(whole.edx) << 32;
        let mut layout = Layout {
            size: u64::from(whole.ebx),
            features,
            offsets: [0; COMPONENTS],
            sizes: [0; COMPONENTS],
        };
        for feature in (2..COMPONENTS).filter(|feature| features & (1 << feature) != 0) {
            let leaf = __cpuid_count(XSAVE_LEAF, feature as u32);
            layout.offsets[feature] = leaf.ebx;
            layout.sizes[feature] = leaf.eax;
        }
        layout
    })
}

impl Layout {
    /// Where a component lies, `None` where this CPU does not have it enabled. x87 and SSE have no entry.
    pub(super) fn offset(&self, feature: u32) -> Option<usize> {
        let index = feature as usize;
        let (offset, size) = (self.offsets.get(index)?, self.sizes.get(index)?);
        (*offset != 0 && *size != 0).then_some(*offset as usize)
    }

    /// The first byte behind the last of these features.
    pub(super) fn end(&self, features: u64) -> usize {
        const LEGACY_AND_HEADER: usize = 512 + 64;
        let ends = (2..COMPONENTS)
            .filter(|feature| features & (1 << feature) != 0)
            .map(|feature| (self.offsets[feature] + self.sizes[feature]) as usize);
        ends.max().unwrap_or(0).max(LEGACY_AND_HEADER)
    }
}
