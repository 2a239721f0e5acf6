// SPDX-License-Identifier: GPL-2.0-only
pub mod entry;
pub mod numbers;
pub mod sys;
