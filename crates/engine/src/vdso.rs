// SPDX-License-Identifier: GPL-2.0-only
use stasis_kernel_text::maps::{self, Name, Vma};

/// The vdso mapping in a text of `/proc/PID/maps`.
pub(crate) fn find(text: &[u8]) -> Option<Vma<'_>> {
    maps::iter(text)
        .flatten()
        .find(|vma| matches!(vma.kind(), Name::Vdso))
}
