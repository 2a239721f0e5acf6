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

/// Every signal that can be blocked.
pub(crate) const ALL_SIGNALS: u64 = u64::MAX;

/// An open series of remote calls; [`Remote::start_return`] and [`Remote::finish_return`] put the thread back.
///
/// A call is made in steps ([`Remote::start`], [`Remote::proceed`], [`Remote::finish`]), between which the thread runs and
/// other threads can be cared for.
#[derive(Debug)]
pub struct Remote<'a> {
    thread: &'a mut Thread,
    memory: &'a Memory,
    state: &'a Captured,
    slot: Slot,
    /// Stops that the thread is still to make on its way through a call.
    ahead: u8,
}

impl<'a> Remote<'a> {
    /// Lays the way home and enters upon it.
    pub fn begin(
        slot: Slot,
        thread: &'a mut Thread,
        memory: &'a Memory,
        state: &'a Captured,
    ) -> Result<Self> {
        slot.lay(memory, state)?;
        thread.set_registers(&state.registers.jumping(slot.address.plus(ENTRY_HOME).0))?;
        thread.set_blocked(ALL_SIGNALS)?;
        Ok(Self {
            thread,
            memory,
            state,
            slot,
            ahead: 0,
        })
    }

    /// Sends the thread towards a system call. One that is under way is completed first.
    pub fn start(&mut self, number: i64, args: [u64; 6]) -> Result<()> {
        self.complete()?;
        let at = self.slot.address.plus(ENTRY_CALL).0;
        self.thread
            .set_registers(&self.state.registers.calling(at, number.cast_unsigned(), args))?;
        self.thread.resume_to_syscall(0)?;
        self.ahead = 2;
        Ok(())
    }

    /// Waits until the thread is at the call's entry and lets it make the call.
    pub fn proceed(&mut self) -> Result<()> {
        if self.ahead == 2 {
            self.thread.await_syscall()?;
            self.thread.resume_to_syscall(0)?;
            self.ahead = 1;
        }
        Ok(())
    }

    /// Waits until the call is made; its result, an errno made into an error about `stage`.
    pub fn finish(&mut self, stage: &'static str, name: &'static str) -> Result<u64> {
        self.complete()?;
        let result = self.thread.registers()?.result();
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

    fn complete(&mut self) -> Result<()> {
        self.proceed()?;
        if self.ahead == 1 {
            self.thread.await_syscall()?;
            self.ahead = 0;
        }
        Ok(())
    }

    /// The thread, to be sent elsewhere; the next call brings it back to the stub. It must be stopped again then.
    pub(crate) fn thread(&mut self) -> &mut Thread {
        self.thread
    }

    /// Sends the thread to a stop from which the kernel itself restarts an interrupted system call. A call that is
    /// under way is completed first.
    pub fn start_return(&mut self) -> Result<()> {
        self.complete()?;
        // From the exit stop of a system call the kernel would not look at restart codes; from an
        // interrupt's stop it does. No instruction of the task runs on the way from one to the other.
        self.thread.interrupt()?;
        self.thread.resume()
    }

    /// Puts the thread back as it was captured, in that stop, and clears the stub. Nothing else can be called afterwards.
    ///
    /// The other threads of the process, which are back already, use it before, where they have to be taken inside a call.
    pub fn finish_return<'o>(
        &mut self,
        others: impl Iterator<Item = (&'o mut Thread, &'o Captured)>,
    ) -> Result<()> {
        self.thread.wait_stopped()?;
        let at = self.slot.address.plus(ENTRY_CALL).0;
        come_home(self.thread, at, self.state)?;
        for (thread, state) in others {
            if state.registers.detour(at).is_some() {
                self.slot.lay(self.memory, state)?;
                thread.set_registers(&state.registers.jumping(self.slot.address.plus(ENTRY_HOME).0))?;
                thread.set_blocked(ALL_SIGNALS)?;
                come_home(thread, at, state)?;
            }
        }
        self.slot.clear(self.memory)
    }
}

/// From the stub, which has a system call `at` that address, to where the thread was. The mask comes before the registers, as
/// long as these lead through the stub.
fn come_home(thread: &mut Thread, at: u64, state: &Captured) -> Result<()> {
    let detour = state.registers.detour(at);
    if let Some(detour) = &detour {
        thread.set_registers(&detour.call)?;
        for _ in 0..2 {
            thread.resume_to_syscall(0)?;
            thread.await_syscall()?;
        }
    }
    // Late, as a system call may drop a part of them (SVE).
    thread.set_fpu(&state.fpu)?;
    thread.set_blocked(state.blocked)?;
    let Some(detour) = detour else {
        return thread.set_registers(&state.registers);
    };
    thread.set_registers(&detour.inside)?;
    // The kernel takes it from there to the stop that it was found in, before it looks for signals.
    thread.interrupt()?;
    thread.resume()?;
    thread.wait_stopped()
}
