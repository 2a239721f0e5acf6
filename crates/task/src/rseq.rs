// SPDX-License-Identifier: GPL-2.0-only
use crate::arch::Registers;
use crate::ptrace::RseqConfiguration;
use crate::{Memory, RemoteAddress, Result};

/// Offset of `rseq_cs` in `struct rseq` (include/uapi/linux/rseq.h).
const RSEQ_CS: u64 = 8;

/// Takes a thread that stopped inside a restartable sequence to its abort handler.
///
/// Left alone, the kernel would do so when the thread resumes; but we let it run elsewhere first
/// (or restore it on another CPU), and then the kernel sees an instruction pointer outside the
/// sequence and forgets about it. Aborting is always allowed: any preemption may cause it.
pub fn abort_if_inside(registers: &mut Registers, rseq: &RseqConfiguration, memory: &Memory) -> Result<()> {
    if rseq.address == 0 {
        return Ok(());
    }
    let descriptor = memory.read_u64(RemoteAddress(rseq.address + RSEQ_CS))?;
    if descriptor == 0 {
        return Ok(());
    }
    // struct rseq_cs: version and flags (4 bytes each), start_ip, post_commit_offset, abort_ip.
    let mut words = [0u8; 32];
    if memory.read(RemoteAddress(descriptor), &mut words).is_err() {
        // A stale pointer into memory that was unmapped; the kernel would look at it only if the
        // thread were preempted, and then kill it. Not ours to judge.
        return Ok(());
    }
    let word =
        |index: usize| u64::from_le_bytes(words[index * 8..index * 8 + 8].try_into().unwrap_or_default());
    let (start, length, abort) = (word(1), word(2), word(3));
    if registers.instruction_pointer().wrapping_sub(start) < length {
        registers.set_instruction_pointer(abort);
    }
    Ok(())
}
