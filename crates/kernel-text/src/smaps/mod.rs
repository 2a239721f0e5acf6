// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/smaps` (`show_smap` in `fs/proc/task_mmu.c`; `Documentation/filesystems/proc.rst`).
//!
//! The text is ten times as long as `maps`, and to print it the kernel walks the page tables of every
//! mapping: read it where `VmFlags` or the figures are needed.

mod flags;
mod layout;

pub use flags::VmFlags;

use crate::error::Result;
use crate::maps::Vma;
use crate::scan::Lines;
use layout::{Figures, Layout};

const TEXT: &str = "/proc/PID/smaps";

/// About what the kernel prints for one VMA of a 64-bit task.
const USUAL_BLOCK: usize = 700;

/// One mapping with its flags and figures. All sizes are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Smap<'a> {
    /// The line it has in `maps`, too.
    pub vma: Vma<'a>,
    /// `VmFlags` (3.8).
    pub flags: VmFlags,
    /// The codes of `VmFlags` as printed.
    pub flag_codes: &'a [u8],
    /// `KernelPageSize`: the size of one hugetlb page where [`VmFlags::HUGETLB`] is set, else of a base page.
    pub kernel_page_size: u64,
    /// `Rss`: resident, except hugetlb pages.
    pub rss: u64,
    /// `Pss`: its proportional share of `rss`, less where pages are mapped more than once.
    pub pss: u64,
    /// `Private_Dirty`: resident, dirty, mapped here only.
    pub private_dirty: u64,
    /// `Anonymous`: resident and of no file; in a private file mapping, what has been written.
    pub anonymous: u64,
    /// `Shared_Hugetlb` (4.4).
    pub shared_hugetlb: u64,
    /// `Private_Hugetlb` (4.4).
    pub private_hugetlb: u64,
    /// `Swap`: swapped out, including a shmem object's swapped pages.
    pub swap: u64,
    /// `SwapPss`: its proportional share of `swap` (4.3; `swap` before), which leaves out that of shmem objects.
    pub swap_pss: u64,
    /// `Locked`: this task's proportional share of locked pages.
    pub locked: u64,
    /// `THPeligible`: may get transparent huge pages now (5.0); false where not printed.
    pub thp_eligible: bool,
    /// `ProtectionKey`, where the CPU has protection keys (4.9).
    pub protection_key: Option<u32>,
}

impl<'a> Smap<'a> {
    /// The codes of `VmFlags` that [`VmFlags`] has no bit for.
    pub fn unknown_flags(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let codes = self
            .flag_codes
            .split(|&b| b == b' ')
            .filter(|code| !code.is_empty());
        codes.filter(|code| VmFlags::from_code(code) == VmFlags::UNKNOWN)
    }

    fn new(vma: Vma<'a>, figures: Figures<'a>) -> Self {
        let [
            page,
            rss,
            pss,
            private,
            anon,
            shared_huge,
            private_huge,
            swap,
            swap_pss,
            locked,
            thp,
            key,
        ] = figures.numbers;
        let bytes = |kib: Option<u64>| kib.unwrap_or(0).saturating_mul(1024);
        Self {
            vma,
            flags: VmFlags::from_line(figures.flag_codes),
            flag_codes: figures.flag_codes,
            kernel_page_size: bytes(page),
            rss: bytes(rss),
            pss: bytes(pss),
            private_dirty: bytes(private),
            anonymous: bytes(anon),
            shared_hugetlb: bytes(shared_huge),
            private_hugetlb: bytes(private_huge),
            swap: bytes(swap),
            swap_pss: bytes(swap_pss.or(swap)),
            locked: bytes(locked),
            thp_eligible: thp.is_some_and(|n| n != 0),
            protection_key: key.and_then(|n| u32::try_from(n).ok()),
        }
    }
}

/// The mappings one by one, lowest first, without a list in memory.
pub fn iter(text: &[u8]) -> impl Iterator<Item = Result<Smap<'_>>> {
    let mut lines = Lines::new(TEXT, text);
    let mut layout = Layout::default();
    std::iter::from_fn(move || {
        let header = lines.next()?;
        Some(Vma::read(header).and_then(|vma| Ok(Smap::new(vma, layout.read(&mut lines)?))))
    })
}

/// All mappings, lowest first.
///
/// # Errors
/// The first line that is not as the kernel prints it.
pub fn parse(text: &[u8]) -> Result<Vec<Smap<'_>>> {
    let mut smaps = Vec::with_capacity(text.len() / USUAL_BLOCK + 1);
    for smap in iter(text) {
        smaps.push(smap?);
    }
    Ok(smaps)
}

#[cfg(test)]
mod tests;
