// SPDX-License-Identifier: GPL-2.0-only
//! Reading kernel memory, for the state that no system call shows without changing it.
//!
//! A small BPF program copies bytes from an address with `bpf_probe_read_kernel`, which can fail but not
//! harm. It is of the type `BPF_PROG_TYPE_SYSCALL` (5.14): run on demand, attached to nothing. Needs
//! `CAP_BPF` and `CAP_PERFMON`, and no lockdown for confidentiality.
//!
//! # Safety
//! bpf(2) gets attributes of the size passed with them, whose pointers lead to live memory of the lengths
//! stated beside them.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Bytes of one run: what the program's stack (512 bytes) holds with ease.
const BLOCK: usize = 256;

/// What the program finds and leaves; it is the context of the run.
#[repr(C)]
struct Exchange {
    address: u64,
    length: u64,
    /// Out: `struct task_struct` of the caller.
    task: u64,
    /// Out: 0, or a negative errno.
    status: i64,
    data: [u8; BLOCK],
}

/// A reader of kernel memory.
#[derive(Debug)]
pub(crate) struct KernelMemory(OwnedFd);

/// `struct bpf_insn`: code, registers (destination in the low half), offset, immediate.
const fn op(code: u8, to: u8, from: u8, offset: i16, immediate: i32) -> u64 {
    code as u64
        | ((from << 4 | to) as u64) << 8
        | (offset as u16 as u64) << 16
        | (immediate as u32 as u64) << 32
}

const LOAD: u8 = 0x79;
const STORE: u8 = 0x7b;
const STORE_IMMEDIATE: u8 = 0x7a;
const MOVE: u8 = 0xbf;
const MOVE_IMMEDIATE: u8 = 0xb7;
const ADD_IMMEDIATE: u8 = 0x07;
const AND_IMMEDIATE: u8 = 0x57;
const CALL: u8 = 0x85;
const EXIT: u8 = 0x95;
const GET_CURRENT_TASK: i32 = 35;
const PROBE_READ_KERNEL: i32 = 113;

/// Reads to the stack, which is cleared before so that the verifier lets all of it be copied on whatever the
/// length.
fn program() -> Vec<u64> {
    let words = || (0..BLOCK as i16).step_by(8);
    let stack = -(BLOCK as i16);
    let mut program = vec![
        op(MOVE, 6, 1, 0, 0),
        op(CALL, 0, 0, 0, GET_CURRENT_TASK),
        op(STORE, 6, 0, 16, 0),
    ];
    program.extend(words().map(|at| op(STORE_IMMEDIATE, 10, 0, stack + at, 0)));
    program.extend([
        op(MOVE, 1, 10, 0, 0),
        op(ADD_IMMEDIATE, 1, 0, 0, i32::from(stack)),
        op(LOAD, 2, 6, 8, 0),
        op(AND_IMMEDIATE, 2, 0, 0, BLOCK as i32 - 1),
        op(LOAD, 3, 6, 0, 0),
        op(CALL, 0, 0, 0, PROBE_READ_KERNEL),
        op(STORE, 6, 0, 24, 0),
    ]);
    program.extend(words().flat_map(|at| [op(LOAD, 1, 10, stack + at, 0), op(STORE, 6, 1, 32 + at, 0)]));
    program.extend([op(MOVE_IMMEDIATE, 0, 0, 0, 0), op(EXIT, 0, 0, 0, 0)]);
    program
}

const BPF_PROG_LOAD: i32 = 5;
const BPF_PROG_RUN: i32 = 10;

/// The first members of the attributes of `BPF_PROG_LOAD` (`union bpf_attr` of `include/uapi/linux/bpf.h`).
#[repr(C)]
#[derive(Default)]
struct Load {
    kind: u32,
    count: u32,
    instructions: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
    kernel_version: u32,
    flags: u32,
}

/// Those of `BPF_PROG_RUN`.
#[repr(C)]
#[derive(Default)]
struct Run {
    program: u32,
    unused: [u32; 9],
    context_size: u32,
    context_out_size: u32,
    context: u64,
    context_out: u64,
}

impl KernelMemory {
    /// Loads the program.
    ///
    /// # Errors
    /// `EPERM` without the rights, `EINVAL` or `EACCES` on kernels that lack what it needs.
    pub(crate) fn open() -> io::Result<Self> {
        const SYSCALL: u32 = 31;
        const SLEEPABLE: u32 = 1 << 4;
        let license = c"GPL";
        let program = program();
        let load = Load {
            kind: SYSCALL,
            count: program.len() as u32,
            instructions: program.as_ptr() as u64,
            license: license.as_ptr() as u64,
            flags: SLEEPABLE,
            ..Load::default()
        };
        // SAFETY: live attributes of that size, pointing to the program and a C string.
        let fd = unsafe { libc::syscall(libc::SYS_bpf, BPF_PROG_LOAD, &raw const load, size_of::<Load>()) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call above has just made it (with O_CLOEXEC).
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd as i32) }))
    }

    /// Copies bytes.
    ///
    /// # Errors
    /// `EFAULT` or `ERANGE` for an address that is none of the kernel's, `EPERM` under lockdown.
    pub(crate) fn read(&self, address: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let part = (length - bytes.len()).min(BLOCK / 2);
            let exchange = self.run(address + bytes.len() as u64, part)?;
            if exchange.status != 0 {
                return Err(io::Error::from_raw_os_error(-exchange.status as i32));
            }
            bytes.extend_from_slice(&exchange.data[..part]);
        }
        Ok(bytes)
    }

    /// A word of the machine: a pointer, a count.
    pub(crate) fn word(&self, address: u64) -> io::Result<u64> {
        let bytes = self.read(address, 8)?;
        Ok(u64::from_ne_bytes(bytes.try_into().unwrap_or_default()))
    }

    /// An `int`.
    pub(crate) fn int(&self, address: u64) -> io::Result<u32> {
        let bytes = self.read(address, 4)?;
        Ok(u32::from_ne_bytes(bytes.try_into().unwrap_or_default()))
    }

    /// The `struct task_struct` of the calling thread.
    pub(crate) fn own_task(&self) -> io::Result<u64> {
        Ok(self.run(0, 0)?.task)
    }

    fn run(&self, address: u64, length: usize) -> io::Result<Exchange> {
        let mut exchange = Exchange {
            address,
            length: length as u64,
            task: 0,
            status: 0,
            data: [0; BLOCK],
        };
        let run = Run {
            program: self.0.as_raw_fd() as u32,
            context_size: size_of::<Exchange>() as u32,
            context: (&raw mut exchange) as u64,
            ..Run::default()
        };
        // SAFETY: live attributes of that size; the context is writable for its size.
        let done = unsafe { libc::syscall(libc::SYS_bpf, BPF_PROG_RUN, &raw const run, size_of::<Run>()) };
        if done < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(exchange)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_address_is_an_error() {
        let memory = match KernelMemory::open() {
            Ok(memory) => memory,
            Err(error) => {
                eprintln!("skipped: no BPF here: {error}");
                return;
            }
        };
        let task = memory.own_task().unwrap();
        // The kernel's half begins at -2^47 on x86_64, at -2^48 or -2^52 on arm64.
        assert_eq!(task >> 52, 0xfff, "a kernel address: {task:x}");
        assert!(memory.word(task).is_ok());
        assert!(memory.read(8, 8).is_err());
        assert!(memory.read(1 << 63, 8).is_err());
    }
}
