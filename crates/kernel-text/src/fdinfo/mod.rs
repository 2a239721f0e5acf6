// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/fdinfo/N` (`seq_show` in `fs/proc/fd.c`, then the `show_fdinfo` of the file's kind;
//! `Documentation/filesystems/proc.rst`).

mod common;
mod epoll;
mod eventfd;
mod fsnotify;
mod kind;
mod pidfd;
mod timerfd;

pub use common::FdInfo;
pub use epoll::EpollTarget;
pub use eventfd::Eventfd;
pub use fsnotify::{Fanotify, FanotifyMark, FileHandle, InotifyWatch, Marked};
pub use kind::FdKind;
pub use pidfd::Pidfd;
pub use timerfd::Timerfd;

const TEXT: &str = "/proc/PID/fdinfo/N";

/// Reads the text of one descriptor.
///
/// # Errors
/// A line that is not as the kernel prints it, or no `pos`, `flags` and `mnt_id`. A line this parser does not
/// know is kept in [`FdInfo::unknown`].
pub fn parse(text: &[u8]) -> crate::Result<FdInfo<'_>> {
    common::read(crate::scan::Lines::new(TEXT, text))
}

#[cfg(test)]
mod tests;
