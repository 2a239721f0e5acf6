// SPDX-License-Identifier: GPL-2.0-only
//! From page states to runs.

use crate::page;
use crate::range::{Kind, Range, Run, push_span};
use crate::scan::Scan;
use crate::sys::categories::{FILE, GUARD, PFNZERO, PRESENT, SWAPPED};

/// Sorts neighbouring pages of the same categories, which lie within `range`, into the result.
pub(super) fn place(found: &mut Scan, range: &Range, start: u64, end: u64, categories: u64) {
    if categories & GUARD != 0 {
        push_span(&mut found.guards, start, end);
        return;
    }
    let explained = match range.kind {
        Kind::Anonymous => PFNZERO,
        Kind::FilePrivate => FILE,
        Kind::Kernel | Kind::Shared => 0,
    };
    if categories & (PRESENT | SWAPPED) == 0 || categories & explained != 0 {
        return;
    }
    let pages = (end - start) / page::size64();
    found.pages += pages;
    match found.runs.last_mut() {
        Some(last) if last.start + last.bytes() == start && start > range.start => last.pages += pages,
        _ => found.runs.push(Run {
            start,
            pages,
            keep_zero: range.kind == Kind::FilePrivate,
            mapped_elsewhere: range.mapped_elsewhere,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::range::Span;

    #[test]
    fn only_unexplained_content() {
        let p = page::size64();
        let anonymous = Range {
            start: 0,
            end: 8 * p,
            kind: Kind::Anonymous,
            mapped_elsewhere: false,
        };
        let file = Range {
            start: 8 * p,
            end: 16 * p,
            kind: Kind::FilePrivate,
            mapped_elsewhere: false,
        };
        let mut found = Scan::default();
        place(&mut found, &anonymous, 0, p, PRESENT);
        place(&mut found, &anonymous, p, 2 * p, SWAPPED);
        place(&mut found, &anonymous, 2 * p, 3 * p, PRESENT | PFNZERO);
        place(&mut found, &anonymous, 3 * p, 4 * p, 0);
        place(&mut found, &anonymous, 4 * p, 5 * p, SWAPPED | GUARD);
        place(&mut found, &anonymous, 7 * p, 8 * p, PRESENT);
        place(&mut found, &file, 8 * p, 9 * p, PRESENT);
        place(&mut found, &file, 9 * p, 10 * p, PRESENT | FILE);
        place(&mut found, &file, 10 * p, 12 * p, SWAPPED);
        let run = |start, pages, keep_zero| Run {
            start: start * p,
            pages,
            keep_zero,
            mapped_elsewhere: false,
        };
        assert_eq!(
            found.runs,
            [
                run(0, 2, false),
                run(7, 1, false),
                run(8, 1, true),
                run(10, 2, true)
            ]
        );
        assert_eq!(
            found.guards,
            [Span {
                start: 4 * p,
                end: 5 * p
            }]
        );
        assert_eq!(found.pages, 6);
    }
}
