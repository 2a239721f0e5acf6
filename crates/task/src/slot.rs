// SPDX-License-Identifier: GPL-2.0-only
use crate::arch::{STUB_SIZE, home_frame_size, is_stub, stub, write_frame};
use crate::{Captured, Memory, RemoteAddress, Result, TaskError, untouched};
use stasis_kernel_text::elf::Vdso;
use std::ops::Range;

/// A place in the zero padding behind the task's vdso image that holds a stub.
///
/// The padding is the one place in any address space that is executable, ours to write (through
/// a private copy of the page), never used by the task and there before we map anything.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub(crate) address: RemoteAddress,
    generation: u64,
    /// Where the frame goes through which the way home leads, and its length; none where a stub holds all.
    frame: Option<(RemoteAddress, u64)>,
}

impl Slot {
    /// Chooses a slot: one never written, else the one written longest ago that no thread is in.
    ///
    /// A dump that was killed leaves its stub behind, and a thread may still be on its way home
    /// through it, even below a signal handler that interrupted it there. So no attempt writes
    /// over the latest ones of its predecessors. `busy` are the instruction pointers of all threads of the process; it is
    /// the one with `state` that goes home.
    pub fn choose(
        pid: i32,
        memory: &Memory,
        vdso: &Range<u64>,
        busy: &[u64],
        state: &Captured,
    ) -> Result<Self> {
        let no_room = |detail: String| TaskError::because("find room for a remote call", pid, detail);
        let frame = match home_frame_size(&state.fpu) {
            0 => None,
            size => Some((untouched::room(pid, size)?, size)),
        };
        let length = usize::try_from(vdso.end - vdso.start).unwrap_or(0);
        let mut image = vec![0u8; length];
        memory.read(RemoteAddress(vdso.start), &mut image)?;
        let end = Vdso::parse(&image)
            .map_err(|error| no_room(error.to_string()))?
            .end;
        // Counted from the mapping's end, so that every attempt finds the same slots.
        let mut slots: Vec<(u64, u64)> = Vec::new();
        let mut latest = 0;
        for (index, bytes) in image[end..].rchunks_exact(STUB_SIZE).enumerate() {
            let Some(generation) = generation(bytes) else {
                continue;
            };
            latest = latest.max(generation);
            let address = vdso.end - (index as u64 + 1) * STUB_SIZE as u64;
            if !busy
                .iter()
                .any(|ip| (address..address + STUB_SIZE as u64).contains(ip))
            {
                slots.push((generation, address));
            }
        }
        let (_, address) = slots
            .iter()
            .min()
            .ok_or_else(|| no_room(String::from("the padding of its vdso is in use")))?;
        Ok(Self {
            address: RemoteAddress(*address),
            generation: latest + 1,
            frame,
        })
    }

    /// Writes the stub whose way home is to a captured state.
    pub(crate) fn lay(&self, memory: &Memory, state: &Captured) -> Result<()> {
        let (home, blocked) = (state.registers.restarted(), state.blocked);
        let mut at = 0;
        if let Some((place, _)) = self.frame {
            let (bytes, stack) = write_frame(&home, blocked, &state.fpu, place.0);
            memory.write(place, &bytes)?;
            at = place.plus(stack).0;
        }
        memory.write(self.address, &stub(&home, blocked, self.generation, at))
    }

    /// Makes the padding zero again, once no thread's registers lead into the slot.
    pub(crate) fn clear(&self, memory: &Memory) -> Result<()> {
        memory.write(self.address, &[0; STUB_SIZE])?;
        match self.frame {
            None => Ok(()),
            Some((place, size)) => memory.write(place, &vec![0; usize::try_from(size).unwrap_or(0)]),
        }
    }
}

/// The generation of the stub in a slot, 0 for an empty one, `None` when something else is there.
fn generation(slot: &[u8]) -> Option<u64> {
    let (code, generation) = slot.split_last_chunk::<8>()?;
    let generation = u64::from_le_bytes(*generation);
    match generation {
        0 => code.iter().all(|byte| *byte == 0).then_some(0),
        _ => is_stub(code).then_some(generation),
    }
}
