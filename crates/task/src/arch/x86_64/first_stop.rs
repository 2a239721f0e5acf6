// SPDX-License-Identifier: GPL-2.0-only
use crate::{Result, Thread};

/// What has to be done at a thread's first stop: a system call that our stop made give up is made restartable here and now,
/// so that the thread goes on as if it had not been stopped, however we end.
pub(crate) fn settle(thread: &Thread) -> Result<()> {
    let mut registers = thread.registers()?;
    if registers.is_interrupted_by_the_stop() {
        registers.restart_unless_signalled();
        thread.set_registers(&registers)?;
    }
    Ok(())
}
