// SPDX-License-Identifier: GPL-2.0-only
//! Watching the strands of an arena.

use std::mem::{offset_of, size_of};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::thread::futex;
use stasis_abi::{ABORT_BY_HOST, Board, Code, Op, State, Strand, Sys, seed};

use crate::arena::Arena;
use crate::error::Error;

/// An operation whose result was not the expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub strand: u32,
    /// Index of the operation in that strand's program.
    pub op: u32,
    /// Result as the kernel gave it: a negative errno, or an unexpected value cut to 32 bits.
    pub result: i32,
    /// The planner's index of the reason for the operation.
    pub why: u32,
    /// The `Code` of the operation, and the system call where it is one.
    pub code: u8,
    pub call: Option<&'static str>,
}

impl Failure {
    /// The errno, where the result is one.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        (-4095..0).contains(&self.result).then_some(-self.result)
    }
}

impl Arena {
    /// Waits until `done` says so, asking it after every piece of news and at least every `poll`. False when
    /// `timeout` passed first.
    ///
    /// There is news when a strand fails or opens a barrier, and when all have ended in one way or another; not when one
    /// of many parks, nor when it is killed from outside: that is for `done` to find out (a pidfd, `waitid`), and what
    /// `poll` is for.
    pub fn wait(&self, timeout: Duration, poll: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
        let until = Instant::now() + timeout;
        let news = self.board_word(offset_of!(Board, news));
        loop {
            let seen = news.load(Ordering::Acquire);
            if done(self) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let nap = left.min(poll).try_into().ok();
            // Woken, changed in between, timed out or interrupted: look again in any case.
            let _ = futex::wait(news, futex::Flags::empty(), seen, nap.as_ref());
        }
    }

    /// The failed strand; the one that failed first where several did (in a restore; a dump's
    /// strands do not stop each other, there it is the one with the lowest index).
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let first = self.board_word(offset_of!(Board, abort)).load(Ordering::Acquire);
        let strand = match first {
            0 | ABORT_BY_HOST => (0..self.strands()).find(|it| self.state(*it) == Some(State::Failed))?,
            // Named in `abort` just before it publishes its state.
            first => first - 1,
        };
        self.failure_of(strand)
    }

    /// Why the seed did not get as far as strand 0, if it did not.
    #[must_use]
    pub fn seed_failure(&self) -> Option<Error> {
        let (operation, call, detail) = match self.board_word(offset_of!(Board, seed)).load(Ordering::Acquire)
        {
            seed::NO_HOLE => (
                "find room for restorer",
                "",
                "none of the planned addresses is free in a new process",
            ),
            seed::NO_MAP => ("map restorer", "mmap", ""),
            seed::NO_MAPS => (
                "read /proc/self/maps of restorer",
                "open",
                "the seed needs a mounted /proc",
            ),
            _ => return None,
        };
        let result = self
            .strand_word(0, offset_of!(Strand, result))?
            .load(Ordering::Relaxed) as i32;
        Some(Error {
            operation,
            call,
            errno: (result < 0).then_some(-result),
            detail: detail.into(),
        })
    }

    /// How a strand failed, if it did.
    #[must_use]
    pub fn failure_of(&self, strand: u32) -> Option<Failure> {
        if self.seed_failure().is_some() {
            return None;
        }
        let result = self
            .strand_word(strand, offset_of!(Strand, result))?
            .load(Ordering::Relaxed) as i32;
        if self.state(strand) != Some(State::Failed) && result == 0 {
            return None;
        }
        self.failed_at(strand, self.at(strand)?, result)
    }

    /// The failure of an operation with that result.
    #[must_use]
    pub fn failed_at(&self, strand: u32, op: u32, result: i32) -> Option<Failure> {
        let program = self.tables().programs.get(strand as usize)?;
        if op >= program.ops {
            return Some(Failure {
                strand,
                op,
                result,
                why: 0,
                code: 0,
                call: None,
            });
        }
        let mut bytes = [0; size_of::<Op>()];
        self.read(program.ops_at + u64::from(op) * bytes.len() as u64, &mut bytes)
            .ok()?;
        let sys = u16::from_le_bytes([bytes[offset_of!(Op, sys)], bytes[offset_of!(Op, sys) + 1]]);
        let code = bytes[offset_of!(Op, code)];
        let call = match code {
            code if code == Code::Syscall as u8 => Sys::ALL.get(usize::from(sys)),
            code if code == Code::Move as u8 => Some(&Sys::Dup3),
            _ => None,
        };
        let why = crate::image::word(&bytes, offset_of!(Op, why) as u64);
        Some(Failure {
            strand,
            op,
            result,
            why,
            code,
            call: call.map(|call| call.name()),
        })
    }
}
