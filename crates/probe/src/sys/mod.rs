// SPDX-License-Identifier: GPL-2.0-only
//! System calls without a safe wrapper elsewhere, each narrowed to what its probe asks.

pub(crate) mod calls;
pub(crate) mod files;
pub(crate) mod ioctl;
pub(crate) mod pages;
pub(crate) mod tracee;
