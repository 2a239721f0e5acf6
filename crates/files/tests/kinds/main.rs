// SPDX-License-Identifier: GPL-2.0-only
//! Surveys of children that hold one descriptor of each kind.

mod anonymous;
mod common;
mod inet;
mod locks;
mod pipes;
mod refused;
mod regular;
mod scale;
mod sharing;
mod terminals;
mod unix;
mod unix_queues;
