// SPDX-License-Identifier: GPL-2.0-only
//! The texts of one task under `/proc/PID` and `/proc/PID/task/TID`.

pub mod auxv;
pub mod cgroup;
pub mod children;
pub mod limits;
pub mod numa_maps;
pub mod number;
pub mod stat;
pub mod status;
pub mod syscall;
pub mod timers;
