// SPDX-License-Identifier: GPL-2.0-only
use super::layout::layout;
use super::{FpuState, Registers};

/// XSAVE areas start on 64-byte boundaries.
pub const FRAME_ALIGN: u64 = 64;

// arch/x86/include/uapi/asm/{ucontext,sigcontext}.h
const UC_FP_XSTATE: u64 = 1;
const UC_SIGCONTEXT_SS: u64 = 2;
const UC_STRICT_RESTORE_SS: u64 = 4;
const UCONTEXT_SIZE: usize = 8 + 8 + 24 + 256 + 8;
const FP_XSTATE_MAGIC1: u32 = 0x4650_5853;
const FP_XSTATE_MAGIC2: u32 = 0x4650_5845;
/// Bytes of the second magic number, behind the area.
const MAGIC2: usize = 4;
const SW_RESERVED: usize = 464;
const XSTATE_HEADER: usize = 512;
/// XTILECFG and XTILEDATA: enabled per process, absent from the frames of those that never asked.
const DYNAMIC: u64 = 3 << 17;
/// An alternate stack mode that does not exist: `restore_altstack` ignores the resulting EINVAL,
/// so the thread keeps the alternate stack that it has.
const SS_KEEP: u32 = 7;

/// Bytes that a frame may need, whatever its alignment.
#[must_use]
pub fn frame_size(fpu: &FpuState) -> u64 {
    (UCONTEXT_SIZE + fpu.0.len() + 4) as u64 + 2 * FRAME_ALIGN
}

/// Bytes that a stub's way home needs beside it: none, a stub holds all that it brings back.
#[must_use]
pub fn home_frame_size(_fpu: &FpuState) -> u64 {
    0
}

/// Where the `ucontext` is in a frame, in bytes from its start.
#[must_use]
pub fn frame_ucontext(fpu: &FpuState) -> u64 {
    (area_length(fpu).0 + MAGIC2).next_multiple_of(16) as u64
}

/// Builds what `rt_sigreturn` reads, to be placed at the 64-byte aligned address `at`: the XSAVE
/// area first, the `ucontext` behind it. Returns the bytes and the offset of the `ucontext`, which is where
/// the stack pointer points at the system call (arch/x86/kernel/signal_64.c).
#[must_use]
pub fn write_frame(registers: &Registers, blocked: u64, fpu: &FpuState, at: u64) -> (Vec<u8>, u64) {
    let area = signal_area(fpu);
    let ucontext = (area.len() + 15) & !15;
    let mut bytes = area;
    bytes.resize(ucontext, 0);

    let r = registers;
    let mut word = |value: u64| bytes.extend_from_slice(&value.to_le_bytes());
    word(UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS);
    word(0);
    for value in [0, u64::from(SS_KEEP), 0] {
        word(value);
    }
    for value in [
        r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.di, r.si, r.bp, r.bx, r.dx, r.ax, r.cx, r.sp,
        r.ip, r.flags,
    ] {
        word(value);
    }
    word(r.cs & 0xffff | (r.gs & 0xffff) << 16 | (r.fs & 0xffff) << 32 | (r.ss & 0xffff) << 48);
    for value in [0, 0, 0, 0] {
        word(value);
    }
    word(at);
    for _ in 0..8 {
        word(0);
    }
    word(blocked);
    (bytes, ucontext as u64)
}

/// Bytes of the XSAVE area that go into a frame, and their features.
fn area_length(fpu: &FpuState) -> (usize, u64) {
    let in_use = fpu
        .0
        .get(XSTATE_HEADER..XSTATE_HEADER + 8)
        .and_then(|b| b.try_into().ok())
        .map_or(0, u64::from_le_bytes);
    let features = fpu.features();
    if in_use & DYNAMIC != 0 {
        return (fpu.0.len(), features);
    }
    let features = features & !DYNAMIC;
    (fpu.0.len().min(layout().end(features)), features)
}

/// The XSAVE area in the form of a signal frame: marked by its size and features in the
/// software-reserved bytes, and closed by a second magic number.
fn signal_area(fpu: &FpuState) -> Vec<u8> {
    let (length, features) = area_length(fpu);
    let mut area = Vec::with_capacity(length + MAGIC2 + UCONTEXT_SIZE + 16);
    area.extend_from_slice(&fpu.0[..length]);
    let size = u32::try_from(area.len()).unwrap_or(u32::MAX);
    area[SW_RESERVED..SW_RESERVED + 4].copy_from_slice(&FP_XSTATE_MAGIC1.to_le_bytes());
    area[SW_RESERVED + 4..SW_RESERVED + 8].copy_from_slice(&(size + 4).to_le_bytes());
    area[SW_RESERVED + 8..SW_RESERVED + 16].copy_from_slice(&features.to_le_bytes());
    area[SW_RESERVED + 16..SW_RESERVED + 20].copy_from_slice(&size.to_le_bytes());
    area.extend_from_slice(&FP_XSTATE_MAGIC2.to_le_bytes());
    area
}
