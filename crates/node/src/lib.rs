// SPDX-License-Identifier: GPL-2.0-only
//! The napi binding: conversions only, no policy and no system calls.
#![cfg_attr(test, allow(dead_code, reason = "in test builds the macros register nothing"))]

mod dump;
mod error;
mod host;
mod images;
mod pipes;
mod promise;
mod restore;
mod workers;
