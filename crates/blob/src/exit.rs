// SPDX-License-Identifier: GPL-2.0-only
//! Ends of processes: by code, or by signal, as a zombie to be restored once ended.
//!
//! # Safety
//! The only memory the calls read is on this stack.

use stasis_abi::{State, Sys};

use crate::calls::{EINVAL, call};
use crate::here::Here;

const SIG_UNBLOCK: u64 = 1;
const SIGNALS: u64 = 64;

/// Ends this process with code `args[0]`, or by signal `args[1]`. Comes back only when the signal did
/// not end it.
pub fn exit(here: &Here, args: &[u64; 6]) -> isize {
    let (code, signal) = (args[0], args[1]);
    if signal > SIGNALS {
        return EINVAL;
    }
    here.publish(State::Exited);
    // SAFETY: both structures outlive their calls.
    unsafe {
        if signal == 0 {
            call(Sys::ExitGroup, [code]);
        }
        // `struct sigaction` of the kernel: handler (SIG_DFL), flags, restorer, mask.
        let action = [0_u64; 4];
        let set = 1_u64 << (signal - 1);
        call(Sys::RtSigaction, [signal, action.as_ptr() as u64, 0, 8]);
        call(Sys::RtSigprocmask, [SIG_UNBLOCK, &raw const set as u64, 0, 8]);
        let pid = call(Sys::Getpid, []);
        call(Sys::Kill, [pid as u64, signal])
    }
}
