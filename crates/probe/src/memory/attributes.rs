// SPDX-License-Identifier: GPL-2.0-only
use crate::feature::{Feature, Lack};
use crate::sys::files::text;
use crate::sys::pages::Pages;

const THP: &str = "/sys/kernel/mm/transparent_hugepage";

/// `PR_SET_VMA_ANON_NAME` (5.17, `CONFIG_ANON_VMA_NAME`).
pub fn anonymous_names() -> Feature {
    let found = Pages::map(1)
        .map_err(Lack::prepare("mmap"))
        .and_then(|pages| match pages.name(c"stasis") {
            Ok(()) => Ok("names can be given".to_owned()),
            Err(errno) => Err(Lack::from_errno("PR_SET_VMA_ANON_NAME", errno)),
        });
    let costs = "names of anonymous memory in images of other kernels are left out";
    Feature::optional("PR_SET_VMA_ANON_NAME", costs, found)
}

/// `MADV_GUARD_INSTALL` (6.13).
pub fn guard_pages() -> Feature {
    let found = Pages::map(1)
        .map_err(Lack::prepare("mmap"))
        .and_then(|pages| match pages.install_guards() {
            Ok(()) => Ok("guard pages can be installed".to_owned()),
            Err(errno) => Err(Lack::from_errno("MADV_GUARD_INSTALL", errno)),
        });
    let costs = "no task here has such guard pages; images of other kernels that hold some are refused";
    Feature::optional("MADV_GUARD_INSTALL", costs, found)
}

/// Transparent huge pages (`Documentation/admin-guide/mm/transhuge.rst`).
pub fn transparent_huge_pages() -> Feature {
    let mode = |name: &str| {
        let list = text(&format!("{THP}/{name}")).unwrap_or_default();
        chosen(&list).map(str::to_owned)
    };
    let found = match mode("enabled") {
        Some(anonymous) if anonymous == "never" => Err(Lack::missing("enabled is never")),
        Some(anonymous) => {
            let shared = mode("shmem_enabled").unwrap_or_else(|| "absent".to_owned());
            Ok(format!("enabled: {anonymous}, shmem_enabled: {shared}"))
        }
        None => Err(Lack::missing("the kernel has none")),
    };
    let costs = "restore of much memory takes longer, and so does what is restored";
    Feature::optional("transparent huge pages", costs, found)
}

/// The word in brackets of `always [madvise] never`.
fn chosen(list: &str) -> Option<&str> {
    let (_, from) = list.split_once('[')?;
    Some(from.split_once(']')?.0)
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn the_word_in_brackets() {
        assert_eq!(chosen("always [madvise] never\n"), Some("madvise"));
        assert_eq!(chosen("[never]"), Some("never"));
        assert_eq!(chosen("always"), None);
        assert_eq!(chosen("a [b"), None);
    }
}
