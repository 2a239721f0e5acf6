// SPDX-License-Identifier: GPL-2.0-only
// siginfo_t of a POSIX timer's signal (include/uapi/asm-generic/siginfo.h): offsets of si_code, and of si_tid, which is the timer's id.
export const SI_CODE = 8;
export const SI_TID = 16;
export const SI_TIMER = -2;
