// SPDX-License-Identifier: GPL-2.0-only
//! The system calls that no safe wrapper exists for; the only unsafe code of this crate.

mod buffer;
mod pagemap;
mod remote;
mod uffd;
mod window;

pub(crate) use buffer::Buffer;
pub(crate) use pagemap::{Region, Request, categories, guards_exist, pagemap_scan};
pub(crate) use remote::{Piece, read_task};
pub(crate) use uffd::Uffd;
pub(crate) use window::Window;
