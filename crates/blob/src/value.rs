// SPDX-License-Identifier: GPL-2.0-only
//! How arguments become values, and which results are good.
//!
//! # Safety
//! `Arg::Load` and `Arg::Load32` read at offsets that the program names: a program is trusted as code is.

use core::sync::atomic::Ordering;

use stasis_abi::{Arg, Expect, Op};

use crate::here::Here;

const IMM: u8 = Arg::Imm as u8;
const DATA: u8 = Arg::Data as u8;
const SLOT: u8 = Arg::Slot as u8;
const GLOBAL: u8 = Arg::Global as u8;
const LOAD: u8 = Arg::Load as u8;
const LOAD32: u8 = Arg::Load32 as u8;

/// The operation's arguments as values; `None` when a kind is not known.
pub fn resolve(here: &Here, op: &Op) -> Option<[u64; 6]> {
    let mut values = op.args;
    for (value, kind) in values.iter_mut().zip(op.kinds) {
        *value = one(here, kind, *value)?;
    }
    Some(values)
}

fn one(here: &Here, kind: u8, value: u64) -> Option<u64> {
    let index = value as u32;
    let upper = i64::from((value >> 32) as i32) as u64;
    Some(if kind == IMM {
        value
    } else if kind == DATA {
        here.base as u64 + value
    } else if kind == SLOT {
        here.slot(index).wrapping_add(upper)
    } else if kind == GLOBAL {
        here.board
            .globals
            .get(index as usize)?
            .load(Ordering::Relaxed)
            .wrapping_add(upper << 12)
    } else if kind == LOAD {
        // SAFETY: see the head of this file.
        unsafe { here.base.add(value as usize).cast::<u64>().read_unaligned() }
    } else if kind == LOAD32 {
        // SAFETY: see the head of this file.
        i64::from(unsafe { here.base.add(value as usize).cast::<i32>().read_unaligned() }) as u64
    } else {
        return None;
    })
}

/// Whether `result` is what the operation expects.
pub fn expected(op: &Op, result: isize) -> bool {
    const OK: u8 = Expect::Ok as u8;
    const EXACT: u8 = Expect::Exact as u8;
    const ANY: u8 = Expect::Any as u8;
    const OK_OR: u8 = Expect::OkOr as u8;
    let ok = !(-4095..0).contains(&result);
    match op.expect {
        OK => ok,
        EXACT => result as i64 == op.want,
        ANY => true,
        OK_OR => ok || result as i64 == op.want,
        _ => false,
    }
}
