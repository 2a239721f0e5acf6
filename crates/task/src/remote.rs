// SPDX-License-Identifier: GPL-2.0-only
//! System calls in a stopped thread's name, before any memory of ours is mapped there.
//!
//! Contract of every step, should this process die right after it:
//! 1. the stub is written: nobody's registers lead there yet;
//! 2. registers → [`ENTRY_HOME`]: the thread sets its own mask again and is home;
//! 3. all signals blocked (so that none is taken out of the queue while we hold the thread): as 2,
//!    the stub brings the mask back;
//! 4. registers → [`ENTRY_CALL`]: the call is made, its result forgotten, then as 2;
//! 5. mask back, while the registers still lead through the stub: as 2;
//! 6. registers back.
use crate::arch::{ENTRY_CALL, ENTRY_HOME};
use crate::slot::Slot;
use crate::{Captured, Memory, Result, TaskError, Thread};
use stasis_kernel_text::maps::Vma;

/// Every signal that can be blocked.
pub(crate) const ALL_SIGNALS: u64 = u64::MAX;

/// An open series of remote calls; [`Remote::end`] puts the thread back.
#[derive(Debug)]
pub struct Remote<'a> {
    thread: &'a mut Thread,
    memory: &'a Memory,
    state: &'a Captured,
    slot: Slot,
}

impl<'a> Remote<'a> {
    /// `busy` are the instruction pointers of all threads of the process.
    pub fn begin(
        thread: &'a mut Thread,
        memory: &'a Memory,
        state: &'a Captured,
        vdso: &Vma<'_>,
        busy: &[u64],
    ) -> Result<Self> {
        let slot = Slot::choose(thread.pid, memory, vdso, busy)?;
        slot.lay(memory, &state.registers.restarted(), state.blocked)?;
        thread.set_registers(&state.registers.jumping(slot.address.plus(ENTRY_HOME).0))?;
        thread.set_blocked(ALL_SIGNALS)?;
        Ok(Self {
            thread,
            memory,
            state,
            slot,
        })
    }

    /// Makes the system call and returns its raw result.
    pub fn raw(&mut self, number: i64, args: [u64; 6]) -> Result<i64> {
        let at = self.slot.address.plus(ENTRY_CALL).0;
        self.thread
            .set_registers(&self.state.registers.calling(at, number.cast_unsigned(), args))?;
        self.thread.step_to_syscall()?;
        self.thread.step_to_syscall()?;
        Ok(self.thread.registers()?.result())
    }

    /// As [`Self::raw`], with an errno made into an error about `stage`.
    pub fn call(
        &mut self,
        stage: &'static str,
        name: &'static str,
        number: i64,
        args: [u64; 6],
    ) -> Result<u64> {
        let result = self.raw(number, args)?;
        if (-4095..0).contains(&result) {
            let error = std::io::Error::from_raw_os_error(i32::try_from(-result).unwrap_or(0));
            return Err(TaskError::io(
                stage,
                name,
                self.thread.pid,
                self.thread.tid,
                &error,
            ));
        }
        Ok(result.cast_unsigned())
    }

    /// Lets `run` send the thread elsewhere; the next call brings it back to the stub. The thread must be
    /// stopped again when `run` returns.
    pub(crate) fn lend<R>(&mut self, run: impl FnOnce(&mut Thread) -> R) -> R {
        run(self.thread)
    }

    /// Puts the thread back as it was captured, in a stop from which the kernel itself restarts
    /// an interrupted system call, and clears the stub.
    pub fn end(self) -> Result<()> {
        // From the exit stop of a system call the kernel would not look at restart codes; from an
        // interrupt's stop it does. No instruction of the task runs on the way from one to the other.
        self.thread.interrupt()?;
        self.thread.resume()?;
        self.thread.settle()?;
        self.thread.set_blocked(self.state.blocked)?;
        self.thread.set_registers(&self.state.registers)?;
        self.slot.clear(self.memory)
    }
}
