// SPDX-License-Identifier: GPL-2.0-only
//! The napi binding: conversions only, no policy and no system calls.

mod dump;
mod error;
mod ghost;
mod host;
mod images;
mod pipes;
mod promise;
mod restore;
