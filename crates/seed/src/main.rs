// SPDX-License-Identifier: GPL-2.0-only
//! The first instant of a restored tree.
//!
//! Started with the arena's object as descriptor 3 and the size of the interpreter in it (hexadecimal) as its
//! only argument. It finds a hole for interpreter, arena and parking space, maps them there, closes the
//! descriptor and goes on as strand 0. Everything else, also what the process still has of the seed
//! (this image, its stack, a page of the arena), is for the program to remove.
//!
//! A failure is told through the arena (`stasis_abi::seed`) and by an exit code of 100 + that number.
#![no_std]
#![no_main]

mod hole;
mod maps;
mod system;

use core::slice;
use core::sync::atomic::{AtomicU64, Ordering};

use stasis_abi::{Board, MAGIC, State, Strand, VERSION, global, seed};
use stasis_blob::arch::{entry::enter, sys::address_space_end};
use stasis_blob::calls::futex_wake;

use hole::Hole;
use system::{Failure, exit};

stasis_blob::seed_start!(main);

/// The descriptor that the host leaves the arena's object at.
const ARENA: u64 = 3;
/// Exit code when there is no arena to tell a failure through.
const NO_ARENA: u64 = 100;

extern "C" fn main(stack: *const usize) -> ! {
    let Some(blob_size) = argument(stack) else {
        exit(NO_ARENA)
    };
    let Ok(size) = system::length(ARENA) else {
        exit(NO_ARENA)
    };
    let Ok(view) = system::map_shared(ARENA, blob_size) else {
        exit(NO_ARENA)
    };
    // SAFETY: the first page of an arena, whose host is older than we are and does not change it now.
    let board = unsafe { &*(view as *const Board) };
    if board.magic != MAGIC || board.version != VERSION || board.blob_size != blob_size {
        exit(NO_ARENA);
    }
    match settle(board, size, stack) {
        Ok(arena) => {
            board.seed.store(seed::STARTED, Ordering::Release);
            let strand = first(arena, board);
            let stack = arena + strand.stack_top;
            // SAFETY: mapped by `settle`: the interpreter, and behind it the arena with the stack.
            unsafe { enter((arena - blob_size) as usize, arena as *mut u8, stack as *mut u8) }
        }
        Err((stage, failure)) => {
            // The tables may be beyond the page that is mapped: map the whole arena to tell.
            if let Ok(arena) = system::map_arena(0, ARENA, blob_size, size - blob_size) {
                let strand = first(arena, board);
                strand.result.store(-failure.errno, Ordering::Relaxed);
                strand.state.store(State::Failed as u32, Ordering::Release);
            }
            board.seed.store(stage, Ordering::Release);
            board.news.fetch_add(1, Ordering::Release);
            futex_wake(&board.news);
            exit(100 + u64::from(stage))
        }
    }
}

/// Everything up to strand 0. Gives the arena's address.
fn settle(board: &Board, size: u64, stack: *const usize) -> Result<u64, (u32, Failure)> {
    let (vdso, vvar, vclock) = maps::special().map_err(|why| (seed::NO_MAPS, why))?;
    let whole = size + board.parking_size;
    let hole = Hole::find(&board.candidates, whole).map_err(|why| (seed::NO_HOLE, why))?;
    let arena = hole
        .fill(ARENA, board.blob_size, size)
        .map_err(|why| (seed::NO_MAP, why))?;
    let end = hole.start + whole;
    for (index, value) in [
        (global::HOLE_START, hole.start),
        (global::BELOW_LEN, hole.start),
        (global::HOLE_END, end),
        (global::ABOVE_LEN, address_space_end(stack as u64) - end),
        (global::VDSO, vdso),
        (global::VVAR, vvar),
        (global::VVAR_VCLOCK, vclock),
        (global::PARKING, hole.start + size),
    ] {
        let word: Option<&AtomicU64> = board.globals.get(index);
        if let Some(word) = word {
            word.store(value, Ordering::Relaxed);
        }
    }
    system::close(ARENA);
    Ok(arena)
}

/// Strand 0 of the whole arena mapped at `arena`.
fn first(arena: u64, board: &Board) -> &'static Strand {
    // SAFETY: the host has checked its own tables; strand 0 exists in every arena.
    unsafe { &*((arena + board.strands_at) as *const Strand) }
}

/// The only argument, a hexadecimal number of at most 16 digits.
fn argument(stack: *const usize) -> Option<u64> {
    // SAFETY: the kernel leaves the argument count and then the addresses of zero-terminated arguments there.
    unsafe {
        if stack.read() != 2 {
            return None;
        }
        let text = *stack.add(2) as *const u8;
        let length = (0..16).take_while(|at| *text.add(*at) != 0).count();
        maps::number(slice::from_raw_parts(text, length))
    }
}

/// Cannot be reached: what could panic is checked beforehand.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    stasis_blob::calls::die()
}
