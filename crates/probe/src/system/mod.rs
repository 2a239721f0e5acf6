// SPDX-License-Identifier: GPL-2.0-only
//! Subsystems that may be there or not.

mod cgroup;
mod devices;

pub use cgroup::cgroup_freezer;
pub use devices::{binder, configfs, framebuffer};
