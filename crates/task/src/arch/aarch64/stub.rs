// SPDX-License-Identifier: GPL-2.0-only
use super::Registers;

/// Bytes of a stub, its data and its generation number, rounded up to 8.
pub const STUB_SIZE: usize = 72;
/// Offset of the entry that makes one system call and then goes home.
pub const ENTRY_CALL: u64 = 0;
/// Offset of the entry that only goes home.
pub const ENTRY_HOME: u64 = 4;

const ALL: usize = 48;
const FRAME: usize = 56;

/// The code of a stub.
const CODE: [u32; 11] = [
    0xd400_0001, // ENTRY_CALL: svc #0
    0xd280_10e8, // ENTRY_HOME: mov x8, #135    rt_sigprocmask(SIG_SETMASK, &ALL, NULL, 8)
    0xd280_0040, //             mov x0, #2
    0x1000_0121, //             adr x1, ALL
    0xd280_0002, //             mov x2, #0
    0xd280_0103, //             mov x3, #8
    0xd400_0001, //             svc #0
    0x5800_00e9, //             ldr x9, FRAME
    0x9100_013f, //             mov sp, x9
    0xd280_1168, //             mov x8, #139    rt_sigreturn
    0xd400_0001, //             svc #0
];

/// A stub whose way home leads through the signal frame at `frame`.
///
/// No branch to a far address spares all registers here, so home is by `rt_sigreturn`, which brings back all registers and
/// the signal mask in one step. Until signals are blocked, which the stub sees to itself, the stack pointer is the task's:
/// below the frame there is no room for that of a signal handler.
#[must_use]
pub fn stub(_home: &Registers, _blocked: u64, generation: u64, frame: u64) -> [u8; STUB_SIZE] {
    let mut bytes = [0; STUB_SIZE];
    bytes[..CODE_SIZE].copy_from_slice(&code());
    bytes[ALL..ALL + 8].copy_from_slice(&u64::MAX.to_le_bytes());
    bytes[FRAME..FRAME + 8].copy_from_slice(&frame.to_le_bytes());
    bytes[STUB_SIZE - 8..].copy_from_slice(&generation.to_le_bytes());
    bytes
}

/// Whether bytes begin with the fixed part of a stub.
#[must_use]
pub fn is_stub(bytes: &[u8]) -> bool {
    bytes.starts_with(&code())
}

const CODE_SIZE: usize = CODE.len() * 4;

fn code() -> [u8; CODE_SIZE] {
    let mut bytes = [0; CODE_SIZE];
    for (to, instruction) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(CODE) {
        *to = instruction.to_le_bytes();
    }
    bytes
}
