// SPDX-License-Identifier: GPL-2.0-only
//! The blob as an executable, of which only the section `.blob` is used: entry code first.
#![no_std]
#![no_main]

stasis_blob::blob_entry!();

/// Cannot be reached: nothing in the interpreter panics, and what could is checked beforehand.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    stasis_blob::calls::die()
}
