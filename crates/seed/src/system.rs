// SPDX-License-Identifier: GPL-2.0-only
//! The system calls of the seed.
//!
//! # Safety
//! New mappings either go where nothing is (no `MAP_FIXED`), or over pages that `hole` reserved.

use stasis_abi::Sys;
use stasis_blob::calls::call;

pub const PROT_NONE: u64 = 0;
pub const PROT_RW: u64 = 1 | 2;
pub const PROT_RX: u64 = 1 | 4;
pub const MAP_SHARED: u64 = 1;
pub const MAP_PRIVATE: u64 = 2;
pub const MAP_FIXED: u64 = 0x10;
pub const MAP_ANONYMOUS: u64 = 0x20;
pub const MAP_NORESERVE: u64 = 0x4000;
/// 4.17; older kernels take the address for a hint.
pub const MAP_FIXED_NOREPLACE: u64 = 0x10_0000;
const AT_FDCWD: u64 = -100_i64 as u64;
const SEEK_END: u64 = 2;

/// Why the kernel refused: a positive errno.
#[derive(Clone, Copy)]
pub struct Failure {
    pub errno: i32,
}

fn checked(result: isize) -> Result<u64, Failure> {
    if (-4095..0).contains(&result) {
        Err(Failure {
            errno: -result as i32,
        })
    } else {
        Ok(result as u64)
    }
}

pub fn exit(code: u64) -> ! {
    loop {
        // SAFETY: touches no memory.
        unsafe { call(Sys::ExitGroup, [code]) };
    }
}

pub fn close(descriptor: u64) {
    // SAFETY: touches no memory.
    unsafe { call(Sys::Close, [descriptor]) };
}

/// Bytes of the object behind a descriptor.
pub fn length(descriptor: u64) -> Result<u64, Failure> {
    // SAFETY: touches no memory.
    checked(unsafe { call(Sys::Lseek, [descriptor, 0, SEEK_END]) })
}

/// `mmap`.
///
/// # Safety
/// With `MAP_FIXED` in `flags`, nothing of use may be in the range.
pub unsafe fn map(
    at: u64,
    size: u64,
    prot: u64,
    flags: u64,
    descriptor: u64,
    offset: u64,
) -> Result<u64, Failure> {
    // SAFETY: the caller's affair.
    checked(unsafe { call(Sys::Mmap, [at, size, prot, flags, descriptor, offset]) })
}

/// The object's first page behind `offset`, anywhere.
pub fn map_shared(descriptor: u64, offset: u64) -> Result<u64, Failure> {
    map_arena(0, descriptor, offset, 1)
}

/// An arena, at a reserved address or (0) anywhere.
pub fn map_arena(at: u64, descriptor: u64, offset: u64, size: u64) -> Result<u64, Failure> {
    let flags = if at == 0 {
        MAP_SHARED
    } else {
        MAP_SHARED | MAP_FIXED
    };
    // SAFETY: either a new mapping, or over reserved pages.
    unsafe { map(at, size, PROT_RW, flags, descriptor, offset) }
}

pub fn unmap(at: u64, size: u64) {
    // SAFETY: a mapping just made, which nobody uses.
    unsafe { call(Sys::Munmap, [at, size]) };
}

pub fn open(path: &core::ffi::CStr) -> Result<u64, Failure> {
    // SAFETY: reads the path.
    checked(unsafe { call(Sys::Openat, [AT_FDCWD, path.as_ptr() as u64]) })
}

pub fn read(descriptor: u64, into: &mut [u8]) -> Result<usize, Failure> {
    // SAFETY: writes to the buffer and within its length.
    checked(unsafe {
        call(
            Sys::Read,
            [descriptor, into.as_mut_ptr() as u64, into.len() as u64],
        )
    })
    .map(|count| count as usize)
}
