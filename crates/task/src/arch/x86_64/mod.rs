// SPDX-License-Identifier: GPL-2.0-only
mod first_stop;
mod fpu;
mod frame;
mod interrupted;
mod layout;
mod registers;
mod stub;
mod wire;

pub(crate) use first_stop::settle;
pub(crate) use fpu::unsupported;
pub use fpu::{FpuState, fpu_extent};
pub use frame::{FRAME_ALIGN, frame_size, frame_ucontext, home_frame_size, write_frame};
pub use interrupted::{CODE_BEFORE_CALL, POLL, VFORK, number_in};
pub use registers::Registers;
pub use stub::{ENTRY_CALL, ENTRY_HOME, STUB_SIZE, is_stub, stub};
pub use wire::{decode_thread_info, encode_thread_info};
