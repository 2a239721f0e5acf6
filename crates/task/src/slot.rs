// SPDX-License-Identifier: GPL-2.0-only
use crate::arch::{STUB_SIZE, home_frame_size, is_stub, stub, write_frame};
use crate::{Captured, Memory, RemoteAddress, Result, TaskError, untouched};
use stasis_kernel_text::elf::Vdso;
use stasis_kernel_text::maps::{self, Name};
use std::ops::Range;
use std::sync::OnceLock;

/// A place behind what programs read of the task's vdso that holds a stub: in the zero padding, or where there is none (an
/// x86_64 kernel without SGX has one page of code, which its section headers fill to the last byte) in the section headers.
///
/// It is the one place in any address space that is executable, ours to write (through
/// a private copy of the page), never used by the task and there before we map anything.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub(crate) address: RemoteAddress,
    generation: u64,
    /// What the kernel has there.
    before: [u8; STUB_SIZE],
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
        // Ours is whole where a stub was left in that of the task; they are the same but for that.
        let ours = kernels_vdso().filter(|ours| ours.len() == length);
        let whole = ours.unwrap_or(&image);
        let parsed = Vdso::parse(whole).map_err(|error| no_room(error.to_string()))?;
        let mut latest = 0;
        let mut slots: Vec<(u64, usize)> = Vec::new();
        // Counted from the end, so that every attempt finds the same slots.
        let zeros = vec![0; length];
        for (region, kernels) in [
            (parsed.end..length, &zeros[..]),
            (parsed.loaded..parsed.end, whole),
        ] {
            let places = (region.start..=region.end).rev().step_by(STUB_SIZE).skip(1);
            for place in places {
                let clear = &kernels[place..place + STUB_SIZE];
                let Some(generation) = generation(&image[place..place + STUB_SIZE], clear) else {
                    continue;
                };
                latest = latest.max(generation);
                let address = vdso.start + place as u64;
                if !busy
                    .iter()
                    .any(|ip| (address..address + STUB_SIZE as u64).contains(ip))
                {
                    slots.push((generation, place));
                }
            }
            if !slots.is_empty() {
                break;
            }
        }
        let (_, place) = *slots
            .iter()
            .min()
            .ok_or_else(|| no_room(String::from("the end of its vdso is in use")))?;
        let mut before = [0; STUB_SIZE];
        if place < parsed.end {
            before.copy_from_slice(&whole[place..place + STUB_SIZE]);
        }
        Ok(Self {
            address: RemoteAddress(vdso.start + place as u64),
            generation: latest + 1,
            before,
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

    /// Puts back what the kernel has there, once no thread's registers lead into the slot.
    pub(crate) fn clear(&self, memory: &Memory) -> Result<()> {
        memory.write(self.address, &self.before)?;
        match self.frame {
            None => Ok(()),
            Some((place, size)) => memory.write(place, &vec![0; usize::try_from(size).unwrap_or(0)]),
        }
    }
}

/// The generation of the stub in a slot, 0 for one as the kernel has it, `None` when something else is there.
fn generation(slot: &[u8], clear: &[u8]) -> Option<u64> {
    if slot == clear {
        return Some(0);
    }
    let (code, generation) = slot.split_last_chunk::<8>()?;
    let generation = u64::from_le_bytes(*generation);
    (generation != 0 && is_stub(code)).then_some(generation)
}

/// The vdso as the kernel gives it to every task: that of this very process.
fn kernels_vdso() -> Option<&'static [u8]> {
    static BYTES: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let read = || {
        let text = std::fs::read("/proc/self/maps").ok()?;
        let vdso = maps::iter(&text)
            .flatten()
            .find(|vma| matches!(vma.kind(), Name::Vdso))?;
        let mut bytes = vec![0; usize::try_from(vdso.end - vdso.start).ok()?];
        let own = Memory::open(std::process::id().cast_signed()).ok()?;
        own.read(RemoteAddress(vdso.start), &mut bytes).ok()?;
        Some(bytes)
    };
    BYTES.get_or_init(read).as_deref()
}
