// SPDX-License-Identifier: GPL-2.0-only
//! One operation, as it is written down.

use stasis_abi::{Arg, Code, Expect, NO_SLOT, Op, Sys};

/// An argument of an operation. Plain numbers become immediates (`Value::from`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// The number itself.
    Imm(u64),
    /// The address of the arena's byte at this offset.
    Data(u64),
    /// What the strand's slot holds, plus a number.
    Slot(u16, i32),
    /// A global (`stasis_abi::global`), plus a number of 4 KiB pages.
    Global(usize, i32),
    /// The 64 bits at this offset of the arena at that time.
    Load(u64),
    /// The 32 bits at this offset at that time, sign-extended.
    Load32(u64),
}

impl Value {
    fn encode(self) -> (Arg, u64) {
        let with_upper = |index: u32, upper: i32| u64::from(index) | u64::from(upper.cast_unsigned()) << 32;
        match self {
            Self::Imm(value) => (Arg::Imm, value),
            Self::Data(offset) => (Arg::Data, offset),
            Self::Slot(index, plus) => (Arg::Slot, with_upper(u32::from(index), plus)),
            Self::Global(index, pages) => (Arg::Global, with_upper(index as u32, pages)),
            Self::Load(offset) => (Arg::Load, offset),
            Self::Load32(offset) => (Arg::Load32, offset),
        }
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Imm(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Imm(value.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Imm(value.cast_unsigned())
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        i64::from(value).into()
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Imm(value as u64)
    }
}

/// An operation to be, as [`crate::Builder::push`] takes it. Unless told otherwise it expects no errno and
/// keeps no result.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    op: Op,
}

impl Step {
    /// Any operation.
    ///
    /// # Panics
    /// On more than six arguments.
    #[must_use]
    pub fn new(code: Code, arguments: &[Value]) -> Self {
        let mut op = Op {
            code: code as u8,
            expect: Expect::Ok as u8,
            sys: 0,
            kinds: [0; 6],
            save: NO_SLOT,
            why: 0,
            args: [0; 6],
            want: 0,
        };
        assert!(arguments.len() <= op.args.len(), "an operation has six arguments");
        for (index, value) in arguments.iter().enumerate() {
            let (kind, value) = value.encode();
            op.kinds[index] = kind as u8;
            op.args[index] = value;
        }
        Self { op }
    }

    /// A system call.
    ///
    /// # Panics
    /// On more than six arguments.
    #[must_use]
    pub fn call(call: Sys, arguments: &[Value]) -> Self {
        let mut step = Self::new(Code::Syscall, arguments);
        step.op.sys = call as u16;
        step
    }

    /// The result must be `want`.
    #[must_use]
    pub fn exact(mut self, want: i64) -> Self {
        self.op.expect = Expect::Exact as u8;
        self.op.want = want;
        self
    }

    /// Any result will do.
    #[must_use]
    pub fn any(mut self) -> Self {
        self.op.expect = Expect::Any as u8;
        self
    }

    /// No errno, or this one (given as a negative number).
    #[must_use]
    pub fn ok_or(mut self, want: i64) -> Self {
        self.op.expect = Expect::OkOr as u8;
        self.op.want = want;
        self
    }

    /// The result goes to a slot ([`crate::Builder::slot`]).
    #[must_use]
    pub fn save(mut self, slot: u16) -> Self {
        self.op.save = slot;
        self
    }

    /// The host's index of the reason, which comes back in a [`crate::Failure`].
    #[must_use]
    pub fn why(mut self, why: u32) -> Self {
        self.op.why = why;
        self
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let op = &self.op;
        out.extend([op.code, op.expect]);
        out.extend(op.sys.to_le_bytes());
        out.extend(op.kinds);
        out.extend(op.save.to_le_bytes());
        out.extend(op.why.to_le_bytes());
        out.extend(op.args.iter().flat_map(|argument| argument.to_le_bytes()));
        out.extend(op.want.to_le_bytes());
    }
}
