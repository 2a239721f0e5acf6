// SPDX-License-Identifier: GPL-2.0-only
//! `Documentation/admin-guide/mm/pagemap.rst`.

use crate::feature::{Feature, Found, Lack};
use crate::sys::ioctl;
use crate::sys::pages::Pages;
use linux_raw_sys::general::{PAGE_IS_GUARD, PAGE_IS_PRESENT};
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Bit 55 of an entry: written since the bits were last cleared, or mapped since.
const SOFT_DIRTY: u64 = 1 << 55;

/// The ioctl `PAGEMAP_SCAN` (6.7): finds the one of three pages that was written.
pub fn pagemap_scan() -> Feature {
    let found = scan(PAGE_IS_PRESENT, |pages| {
        pages.touch(1);
        let page = rustix::param::page_size() as u64;
        Ok(vec![(pages.address() + page, pages.address() + 2 * page)])
    });
    Feature::optional(
        "PAGEMAP_SCAN",
        "page maps are read entry by entry: longer freezes of much memory",
        found,
    )
}

/// `PAGE_IS_GUARD` of `PAGEMAP_SCAN` (6.15): where guard pages lie.
pub fn guard_scan() -> Feature {
    let found = scan(PAGE_IS_GUARD, |pages| {
        pages
            .install_guards()
            .map_err(|errno| Lack::from_errno("MADV_GUARD_INSTALL", errno))?;
        Ok(vec![(pages.address(), pages.address() + pages.len() as u64)])
    });
    let costs = "guard pages of MADV_GUARD_INSTALL cannot be told from pages never touched";
    Feature::optional("PAGE_IS_GUARD", costs, found)
}

/// Scans three fresh pages after `prepare`, which says what must be found.
fn scan(category: u32, prepare: impl FnOnce(&Pages) -> Result<Vec<(u64, u64)>, Lack>) -> Found {
    let pages = Pages::map(3).map_err(Lack::prepare("mmap"))?;
    let expected = prepare(&pages)?;
    match ioctl::pagemap_scan(&pagemap()?, &pages, u64::from(category)) {
        Ok(regions) if regions == expected => Ok("finds what was put there".to_owned()),
        Ok(regions) => Err(Lack::missing(format!(
            "finds {} regions instead of one",
            regions.len()
        ))),
        Err(errno) if ioctl::is_unknown(errno) => Err(Lack::missing("the kernel does not know it")),
        Err(errno) => Err(Lack::from_errno("ioctl", errno)),
    }
}

/// Soft-dirty tracking (3.11, `CONFIG_MEM_SOFT_DIRTY`; `Documentation/admin-guide/mm/soft-dirty.rst`): a page
/// written for the first time has the bit.
pub fn soft_dirty() -> Feature {
    let found = soft_dirty_of_a_written_page();
    let costs = "snapshots that store only what changed need UFFD_FEATURE_WP_ASYNC instead";
    Feature::optional("soft-dirty tracking", costs, found)
}

fn soft_dirty_of_a_written_page() -> Found {
    let pages = Pages::map(1).map_err(Lack::prepare("mmap"))?;
    pages.touch(0);
    let mut entry = [0; 8];
    let offset = pages.address() / rustix::param::page_size() as u64 * 8;
    pagemap()?
        .read_exact_at(&mut entry, offset)
        .map_err(|e| Lack::untried(format!("read pagemap: {e}")))?;
    match u64::from_ne_bytes(entry) & SOFT_DIRTY {
        0 => Err(Lack::missing("a written page has no soft-dirty bit")),
        _ => Ok("written pages are marked".to_owned()),
    }
}

fn pagemap() -> Result<File, Lack> {
    File::open("/proc/self/pagemap").map_err(|e| Lack::untried(format!("open /proc/self/pagemap: {e}")))
}
