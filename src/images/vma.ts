// SPDX-License-Identifier: LGPL-2.1-only
// Bits of vma_entry.status: what a mapping is.

export const VMA_REGULAR = 1 << 0;
export const VMA_STACK = 1 << 1;
export const VMA_VSYSCALL = 1 << 2;
export const VMA_VDSO = 1 << 3;
export const VMA_HEAP = 1 << 5;
export const VMA_FILE_PRIVATE = 1 << 6;
export const VMA_FILE_SHARED = 1 << 7;
export const VMA_ANON_SHARED = 1 << 8;
export const VMA_ANON_PRIVATE = 1 << 9;
export const VMA_SYSVIPC = 1 << 10;
export const VMA_SOCKET = 1 << 11;
export const VMA_VVAR = 1 << 12;
export const VMA_AIORING = 1 << 13;
export const VMA_MEMFD = 1 << 14;
export const VMA_SHADOW_STACK = 1 << 15;
/** A range of guard pages (`MADV_GUARD_INSTALL`) inside another mapping. */
export const VMA_GUARD = 1 << 16;

/** Backed by a file, whose id is then in shmid. */
export const VMA_FILE = VMA_FILE_PRIVATE | VMA_FILE_SHARED;

/** Names as `crit` prints them. */
export const VMA_NAMES: readonly (readonly [string, number])[] = [
  ['VMA_AREA_REGULAR', VMA_REGULAR],
  ['VMA_AREA_STACK', VMA_STACK],
  ['VMA_AREA_VSYSCALL', VMA_VSYSCALL],
  ['VMA_AREA_VDSO', VMA_VDSO],
  ['VMA_AREA_HEAP', VMA_HEAP],
  ['VMA_FILE_PRIVATE', VMA_FILE_PRIVATE],
  ['VMA_FILE_SHARED', VMA_FILE_SHARED],
  ['VMA_ANON_SHARED', VMA_ANON_SHARED],
  ['VMA_ANON_PRIVATE', VMA_ANON_PRIVATE],
  ['VMA_AREA_SYSVIPC', VMA_SYSVIPC],
  ['VMA_AREA_SOCKET', VMA_SOCKET],
  ['VMA_AREA_VVAR', VMA_VVAR],
  ['VMA_AREA_AIORING', VMA_AIORING],
  ['VMA_AREA_MEMFD', VMA_MEMFD],
  ['VMA_AREA_SHSTK', VMA_SHADOW_STACK],
  ['VMA_AREA_GUARD', VMA_GUARD],
  ['VMA_UNSUPP', 0x80000000],
];
