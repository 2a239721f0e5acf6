// SPDX-License-Identifier: GPL-2.0-only
//! Parts of a task's address space.

use crate::error::{Error, ErrorKind, Result};
use crate::page;

/// What backs a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Private anonymous memory: a page that is absent or all zero need not be stored.
    Anonymous,
    /// A private mapping of a file (or memfd): only pages the task has changed are stored, also when they are zero now.
    FilePrivate,
    /// A shared mapping: its pages are read from the object it maps, and of itself it has guard pages only (6.15).
    Shared,
    /// Code that the kernel maps into every task, the vdso: stored whole, since CRIU looks for functions in it, and
    /// passed over when memory is filled, since the running kernel brings its own.
    Kernel,
}

/// Addresses `start..end` in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u64,
    /// First byte behind.
    pub end: u64,
}

/// A mapping whose pages may need storing, in bytes, page-aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First byte.
    pub start: u64,
    /// First byte behind.
    pub end: u64,
    /// What backs it.
    pub kind: Kind,
    /// Whether pages of it may be mapped elsewhere too, copy-on-write: they are read in a way that leaves them shared.
    pub mapped_elsewhere: bool,
}

/// A mapping as it is while pages are put into it, in bytes, page-aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillRange {
    /// First byte.
    pub start: u64,
    /// First byte behind.
    pub end: u64,
    /// What backs it.
    pub kind: Kind,
}

/// Neighbouring pages to store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Address of the first page; an offset for memory objects.
    pub start: u64,
    /// Number of pages.
    pub pages: u64,
    /// Whether pages of zeros must be stored too.
    pub keep_zero: bool,
    /// As in [`Range::mapped_elsewhere`].
    pub mapped_elsewhere: bool,
}

impl Run {
    pub(crate) fn bytes(&self) -> u64 {
        self.pages * page::size64()
    }
}

/// Appends a page range, joining it to the last one where they touch.
pub(crate) fn push_span(spans: &mut Vec<Span>, start: u64, end: u64) {
    match spans.last_mut() {
        Some(last) if last.end == start => last.end = end,
        _ => spans.push(Span { start, end }),
    }
}

/// Refuses ranges that are empty, unaligned, unsorted or overlapping.
pub(crate) fn check(what: &str, spans: impl Iterator<Item = (u64, u64)>) -> Result<()> {
    let mut last = 0;
    for (start, end) in spans {
        if !page::is_aligned(start) || !page::is_aligned(end) || start >= end || start < last {
            return Err(Error::new(
                ErrorKind::Host,
                "use",
                format!("range {start:#x}-{end:#x} of {what}"),
                "not page-aligned, empty or out of order",
            ));
        }
        last = end;
    }
    Ok(())
}
