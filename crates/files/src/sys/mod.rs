// SPDX-License-Identifier: GPL-2.0-only
//! The few system calls and calling conventions that rustix has no safe form of.

pub(crate) mod fcntl;
pub(crate) mod ioctl;
pub(crate) mod kcmp;
pub(crate) mod kernel_memory;
pub(crate) mod message;
pub(crate) mod peek;
pub(crate) mod semaphores;
pub(crate) mod sockopt;
