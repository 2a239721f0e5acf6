// SPDX-License-Identifier: GPL-2.0-only
// Bits of Vma.flags in facts: crates/kernel-text/src/smaps/flags.rs numbers them, kernels differ.
export const VM_MAY_WRITE = 1 << 5;
export const VM_GROWS_DOWN = 1 << 8;
export const VM_LOCKED = 1 << 11;
export const VM_SEQ_READ = 1 << 13;
export const VM_RAND_READ = 1 << 14;
export const VM_DONT_COPY = 1 << 15;
export const VM_ACCOUNT = 1 << 17;
export const VM_NO_RESERVE = 1 << 18;
export const VM_HUGETLB = 1 << 19;
export const VM_WIPE_ON_FORK = 1 << 23;
export const VM_DONT_DUMP = 1 << 24;
export const VM_HUGE_PAGE = 1 << 27;
export const VM_NO_HUGE_PAGE = 1 << 28;
export const VM_MERGEABLE = 1 << 29;
/** Those from 32 on, in the upper half. */
export const VM_HIGH_SHADOW_STACK = 1 << 4;
export const VM_HIGH_DROPPABLE = 1 << 5;
export const VM_HIGH_SEALED = 1 << 6;
export const VM_HIGH_LOCK_ON_FAULT = 1 << 7;

/** Both halves as 32-bit numbers, for bit operations. */
export function halves(flags: number | bigint): { readonly low: number; readonly high: number } {
  if (typeof flags === 'number') return { low: flags | 0, high: Math.floor(flags / 2 ** 32) };
  return { low: Number(flags & 0xffff_ffffn) | 0, high: Number(flags >> 32n) };
}
