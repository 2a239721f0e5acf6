// SPDX-License-Identifier: GPL-2.0-only
use super::Registers;

/// Bytes of a stub, its data and its generation number, rounded up to 8.
pub const STUB_SIZE: usize = 208;
/// Offset of the entry that makes one system call and then goes home.
pub const ENTRY_CALL: u64 = 0;
/// Offset of the entry that only goes home.
pub const ENTRY_HOME: u64 = 2;

const DATA: usize = 104;
const DATA_MASK: usize = DATA;
const DATA_AX: usize = DATA + 8;

/// A stub at address `at` whose way home leads to `home`, with `blocked` as the signal mask.
///
/// ```text
/// syscall                       ; ENTRY_CALL
/// mov eax, 14                   ; ENTRY_HOME: rt_sigprocmask(SIG_SETMASK, &mask, NULL, 8)
/// mov edi, 2
/// lea rsi, [rip+mask]
/// mov edx, 0                    ; mov, not xor: the flags are the task's
/// mov r10d, 8
/// syscall
/// mov rax, [rip+…]  … r11       ; what the two calls clobber
/// jmp [rip+home]
/// ```
///
/// It neither touches the stack nor the flags (`syscall` takes them from r11 on return), so a
/// signal handler may run at any of its instructions.
#[must_use]
pub fn stub(home: &Registers, blocked: u64, generation: u64, _frame: u64) -> [u8; STUB_SIZE] {
    let mut out = Assembler {
        bytes: [0; STUB_SIZE],
        at: 0,
    };
    out.code(&[0x0f, 0x05]);
    out.code(&[0xb8, 14, 0, 0, 0]);
    out.code(&[0xbf, 2, 0, 0, 0]);
    out.relative(&[0x48, 0x8d, 0x35], DATA_MASK);
    out.code(&[0xba, 0, 0, 0, 0]);
    out.code(&[0x41, 0xba, 8, 0, 0, 0]);
    out.code(&[0x0f, 0x05]);
    // Opcode and value of: rax, rdi, rsi, rdx, r10, rcx, r8, r9, r11; then the jump's target.
    let loads: [([u8; 3], u64); 9] = [
        ([0x48, 0x8b, 0x05], home.ax),
        ([0x48, 0x8b, 0x3d], home.di),
        ([0x48, 0x8b, 0x35], home.si),
        ([0x48, 0x8b, 0x15], home.dx),
        ([0x4c, 0x8b, 0x15], home.r10),
        ([0x48, 0x8b, 0x0d], home.cx),
        ([0x4c, 0x8b, 0x05], home.r8),
        ([0x4c, 0x8b, 0x0d], home.r9),
        ([0x4c, 0x8b, 0x1d], home.r11),
    ];
    let mut data = DATA_AX;
    for (opcode, value) in loads {
        out.relative(&opcode, data);
        out.data(data, value);
        data += 8;
    }
    out.relative(&[0xff, 0x25], data);
    out.data(data, home.ip);
    out.data(DATA_MASK, blocked);
    out.data(STUB_SIZE - 8, generation);
    out.bytes
}

/// Whether bytes begin with the fixed part of a stub, the code up to its first displacement.
#[must_use]
pub fn is_stub(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x0f, 0x05, 0xb8, 14, 0, 0, 0, 0xbf, 2, 0, 0, 0, 0x48, 0x8d, 0x35])
}

struct Assembler {
    bytes: [u8; STUB_SIZE],
    at: usize,
}

impl Assembler {
    fn code(&mut self, bytes: &[u8]) {
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
        debug_assert!(self.at <= DATA);
    }

    /// An instruction that ends in a 32-bit displacement from its own end to `target`.
    fn relative(&mut self, opcode: &[u8], target: usize) {
        self.code(opcode);
        let displacement = i32::try_from(target - self.at - 4).unwrap_or_default();
        self.code(&displacement.to_le_bytes());
    }

    fn data(&mut self, at: usize, value: u64) {
        self.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }
}
