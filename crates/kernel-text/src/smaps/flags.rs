// SPDX-License-Identifier: GPL-2.0-only
//! The two-letter codes of the `VmFlags` line (`show_smap_vma_flags` in `fs/proc/task_mmu.c`; the meanings
//! are those of `include/linux/mm.h`).

macro_rules! vm_flags {
    ($($(#[doc = $doc:literal])* $name:ident = $bit:literal, $code:literal;)*) => {
        bitflags::bitflags! {
            /// The flags of a VMA. The bit numbers are this crate's own: the kernel's differ between versions
            /// and architectures, its codes do not.
            #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
            pub struct VmFlags: u64 {
                $($(#[doc = $doc])* const $name = 1 << $bit;)*
                /// A code this parser does not know; [`super::Smap::unknown_flags`] lists them.
                const UNKNOWN = 1 << 63;
            }
        }

        /// Which bit a pair of letters stands for, at `26 * first + second`.
        const BITS: [u8; 26 * 26] = {
            let mut bits = [63; 26 * 26];
            $(bits[index($code).unwrap()] = $bit;)*
            bits
        };
    };
}

vm_flags! {
    /// `rd`, `VM_READ`: may be read now.
    READ = 0, b"rd";
    /// `wr`, `VM_WRITE`: may be written now.
    WRITE = 1, b"wr";
    /// `ex`, `VM_EXEC`: may be executed now.
    EXEC = 2, b"ex";
    /// `sh`, `VM_SHARED`: writes go to the object. Without it `ms` alone is a shared mapping of a file that
    /// was opened for reading.
    SHARED = 3, b"sh";
    /// `mr`, `VM_MAYREAD`: `mprotect` may give it read access.
    MAY_READ = 4, b"mr";
    /// `mw`, `VM_MAYWRITE`: `mprotect` may give it write access.
    MAY_WRITE = 5, b"mw";
    /// `me`, `VM_MAYEXEC`: `mprotect` may make it executable.
    MAY_EXEC = 6, b"me";
    /// `ms`, `VM_MAYSHARE`: made with `MAP_SHARED`.
    MAY_SHARE = 7, b"ms";
    /// `gd`, `VM_GROWSDOWN`: `MAP_GROWSDOWN`, grows at faults below it.
    GROWS_DOWN = 8, b"gd";
    /// `pf`, `VM_PFNMAP`: raw page frames without `struct page`; of devices.
    PFN_MAP = 9, b"pf";
    /// `dw`, `VM_DENYWRITE`: the file may not be opened for writing. Gone in 5.15.
    DENY_WRITE = 10, b"dw";
    /// `lo`, `VM_LOCKED`: `mlock`.
    LOCKED = 11, b"lo";
    /// `io`, `VM_IO`: memory-mapped I/O of a device.
    IO = 12, b"io";
    /// `sr`, `VM_SEQ_READ`: `MADV_SEQUENTIAL`.
    SEQ_READ = 13, b"sr";
    /// `rr`, `VM_RAND_READ`: `MADV_RANDOM`.
    RAND_READ = 14, b"rr";
    /// `dc`, `VM_DONTCOPY`: `MADV_DONTFORK`, not given to children.
    DONT_COPY = 15, b"dc";
    /// `de`, `VM_DONTEXPAND`: `mremap` may not enlarge it; of the kernel's and of devices' mappings.
    DONT_EXPAND = 16, b"de";
    /// `ac`, `VM_ACCOUNT`: counts towards the commit limit.
    ACCOUNT = 17, b"ac";
    /// `nr`, `VM_NORESERVE`: `MAP_NORESERVE`.
    NO_RESERVE = 18, b"nr";
    /// `ht`, `VM_HUGETLB`: pages of hugetlbfs.
    HUGETLB = 19, b"ht";
    /// `sf`, `VM_SYNC`: `MAP_SYNC`, of DAX files (4.15).
    SYNC = 20, b"sf";
    /// `nl`, `VM_NONLINEAR`: `remap_file_pages`. Gone in 4.0.
    NONLINEAR = 21, b"nl";
    /// `ar`, `VM_ARCH_1`: means something else on each architecture; on x86 a page attribute reservation
    /// (`VM_PAT`).
    ARCH_1 = 22, b"ar";
    /// `wf`, `VM_WIPEONFORK`: `MADV_WIPEONFORK`, zero in children (4.14).
    WIPE_ON_FORK = 23, b"wf";
    /// `dd`, `VM_DONTDUMP`: `MADV_DONTDUMP`, not in core dumps.
    DONT_DUMP = 24, b"dd";
    /// `sd`, `VM_SOFTDIRTY`: mapped since the soft-dirty bits were last cleared
    /// (`Documentation/admin-guide/mm/soft-dirty.rst`). Not printed by kernels without
    /// `CONFIG_MEM_SOFT_DIRTY`.
    SOFT_DIRTY = 25, b"sd";
    /// `mm`, `VM_MIXEDMAP`: raw page frames and pages with `struct page` mixed.
    MIXED_MAP = 26, b"mm";
    /// `hg`, `VM_HUGEPAGE`: `MADV_HUGEPAGE`.
    HUGE_PAGE = 27, b"hg";
    /// `nh`, `VM_NOHUGEPAGE`: `MADV_NOHUGEPAGE`.
    NO_HUGE_PAGE = 28, b"nh";
    /// `mg`, `VM_MERGEABLE`: `MADV_MERGEABLE`, KSM may share its pages.
    MERGEABLE = 29, b"mg";
    /// `um`, `VM_UFFD_MISSING`: a userfaultfd handles missing pages (4.3).
    UFFD_MISSING = 30, b"um";
    /// `uw`, `VM_UFFD_WP`: a userfaultfd handles write protection.
    UFFD_WP = 31, b"uw";
    /// `ui`, `VM_UFFD_MINOR`: a userfaultfd handles minor faults (5.13).
    UFFD_MINOR = 32, b"ui";
    /// `bt`, `VM_ARM64_BTI`: branch targets are guarded (arm64, 5.8).
    ARM64_BTI = 33, b"bt";
    /// `mt`, `VM_MTE`: memory tags are used (arm64, 5.10).
    ARM64_MTE = 34, b"mt";
    /// `mp`, `VM_MPX`: bounds table (x86, 3.19 to 5.5).
    X86_MPX = 35, b"mp";
    /// `ss`, `VM_SHADOW_STACK`: shadow stack of x86 (6.6) or guarded control stack of arm64 (6.13).
    SHADOW_STACK = 36, b"ss";
    /// `dp`, `VM_DROPPABLE`: `MAP_DROPPABLE`, the kernel may drop its pages at any time (6.11).
    DROPPABLE = 37, b"dp";
    /// `sl`, `VM_SEALED`: `mseal`, neither unmapped nor changed any more (6.10).
    SEALED = 38, b"sl";
    /// `lf`, `VM_LOCKONFAULT`: `mlock2(MLOCK_ONFAULT)`. 6.1 has the flag but does not print it.
    LOCK_ON_FAULT = 39, b"lf";
    /// `gu`, `VM_MAYBE_GUARD`: may hold guard pages of `MADV_GUARD_INSTALL`; it stays, and spreads to merged
    /// neighbours, when they are gone. Guard pages came with 6.13, the code later (6.18.44 prints it): its
    /// absence alone says nothing.
    MAYBE_GUARD = 40, b"gu";
}

const fn index(code: &[u8]) -> Option<usize> {
    match *code {
        [a @ b'a'..=b'z', b @ b'a'..=b'z'] => Some(26 * (a - b'a') as usize + (b - b'a') as usize),
        _ => None,
    }
}

impl VmFlags {
    /// The flag of one code, [`VmFlags::UNKNOWN`] for any other.
    pub fn from_code(code: &[u8]) -> Self {
        Self::from_bits_retain(1 << index(code).map_or(63, |i| BITS[i]))
    }

    /// The flags of a line `rd wr mr mw me ac `.
    pub(super) fn from_line(codes: &[u8]) -> Self {
        let mut bits = Self::empty();
        let mut rest = codes;
        // Two letters and a space each: a split at spaces costs twice as much.
        while let [a, b, b' ', after @ ..] = rest {
            bits |= Self::from_code(&[*a, *b]);
            rest = after;
        }
        for code in rest.split(|&b| b == b' ').filter(|c| !c.is_empty()) {
            bits |= Self::from_code(code);
        }
        bits
    }
}
