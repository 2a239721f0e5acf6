// SPDX-License-Identifier: GPL-2.0-only
use super::layout::{FPSIMD, VREGS, sve_registers};
use super::{FpuState, Registers};

/// The stack pointer's alignment, which `rt_sigreturn` insists on.
pub const FRAME_ALIGN: u64 = 16;

// arch/arm64/include/uapi/asm/{ucontext,sigcontext}.h, as offsets in `struct rt_sigframe`.
const STACK_FLAGS: usize = 128 + 16 + 8;
const BLOCKED: usize = 128 + 40;
const GENERAL: usize = 312;
const RECORDS: usize = 592;
/// Bytes for records before an EXTRA record must lead to the rest.
const RESERVED: usize = 4096;
const FPSIMD_MAGIC: u32 = 0x4650_8001;
const SVE_MAGIC: u32 = 0x5356_4501;
const EXTRA_MAGIC: u32 = 0x4558_5401;
const HEAD: usize = 8;
const SVE_CONTEXT: usize = 16;
const EXTRA: usize = 32;
const TERMINATOR: usize = 16;
/// An alternate stack mode that does not exist: `restore_altstack` ignores the resulting EINVAL,
/// so the thread keeps the alternate stack that it has.
const SS_KEEP: u32 = 7;

/// Bytes that a frame may need, whatever its alignment.
#[must_use]
pub fn frame_size(fpu: &FpuState) -> u64 {
    let sve = fpu.live_sve().map_or(0, |(header, _)| sve_record_size(header.vl));
    (RECORDS + FPSIMD + EXTRA + sve + 2 * TERMINATOR) as u64 + FRAME_ALIGN
}

/// Bytes that a stub's way home needs beside it.
#[must_use]
pub fn home_frame_size(fpu: &FpuState) -> u64 {
    frame_size(fpu)
}

/// Where the stack pointer points at the system call, in bytes from a frame's start.
#[must_use]
pub fn frame_ucontext(_fpu: &FpuState) -> u64 {
    0
}

/// Builds what `rt_sigreturn` reads (`restore_sigframe`, arch/arm64/kernel/signal.c), to be placed at the 16-byte aligned
/// address `at`. Returns the bytes and where the stack pointer points.
///
/// Thread pointers, pointer authentication keys and the like are in no frame: nothing on the way home changes them.
#[must_use]
pub fn write_frame(registers: &Registers, blocked: u64, fpu: &FpuState, at: u64) -> (Vec<u8>, u64) {
    let mut bytes = vec![0; RECORDS];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(STACK_FLAGS, &SS_KEEP.to_le_bytes());
    put(BLOCKED, &blocked.to_le_bytes());
    let r = registers;
    for (index, value) in r.x.iter().chain([&r.sp, &r.pc, &r.pstate]).enumerate() {
        put(GENERAL + 8 * index, &value.to_le_bytes());
    }
    fpsimd_record(&mut bytes, &fpu.fpsimd);
    if let Some((header, vectors)) = fpu.live_sve() {
        let size = sve_record_size(header.vl);
        if FPSIMD + size + TERMINATOR > RESERVED {
            let behind = bytes.len() + EXTRA + TERMINATOR;
            head(&mut bytes, EXTRA_MAGIC, EXTRA);
            bytes.extend_from_slice(&(at + behind as u64).to_le_bytes());
            bytes.extend_from_slice(&((size + TERMINATOR) as u32).to_le_bytes());
            bytes.resize(behind, 0);
        }
        let end = bytes.len() + size;
        head(&mut bytes, SVE_MAGIC, size);
        bytes.extend_from_slice(&(header.vl as u16).to_le_bytes());
        bytes.extend_from_slice(&[0; 6]);
        let registers = sve_registers(header.vl).min(vectors.len());
        bytes.extend_from_slice(&vectors[..registers]);
        bytes.resize(end, 0);
    }
    bytes.resize(bytes.len() + TERMINATOR, 0);
    (bytes, 0)
}

fn fpsimd_record(bytes: &mut Vec<u8>, fpsimd: &[u8]) {
    head(bytes, FPSIMD_MAGIC, FPSIMD);
    // FPSR and FPCR come first here, and last in the register set.
    bytes.extend_from_slice(&fpsimd[VREGS..VREGS + 8]);
    bytes.extend_from_slice(&fpsimd[..VREGS]);
}

fn head(bytes: &mut Vec<u8>, magic: u32, size: usize) {
    bytes.extend_from_slice(&magic.to_le_bytes());
    bytes.extend_from_slice(&(size as u32).to_le_bytes());
}

fn sve_record_size(vl: usize) -> usize {
    (SVE_CONTEXT + sve_registers(vl)).next_multiple_of(16)
}

const _: () = assert!(HEAD + 8 + VREGS == FPSIMD);
