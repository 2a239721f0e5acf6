// SPDX-License-Identifier: GPL-2.0-only
import type { VmaEntry } from '../../../images/generated/messages.js';
import {
  VMA_ANON_SHARED,
  VMA_FILE,
  VMA_GUARD,
  VMA_MEMFD,
  VMA_REGULAR,
  VMA_VDSO,
  VMA_VSYSCALL,
  VMA_VVAR,
} from '../../../images/vma.js';
import { PROT_WRITE } from '../../../linux/mman.js';
import { hex } from './hex.js';

export function isKernels(vma: VmaEntry): boolean {
  return (vma.status & (VMA_VDSO | VMA_VVAR | VMA_VSYSCALL)) !== 0;
}

export function isVdso(vma: VmaEntry): boolean {
  return (vma.status & VMA_VDSO) !== 0;
}

export function isVvar(vma: VmaEntry): boolean {
  return (vma.status & VMA_VVAR) !== 0;
}

export function isGuard(vma: VmaEntry): boolean {
  return (vma.status & VMA_GUARD) !== 0;
}

/** What mmap() has to make. */
export function isMapped(vma: VmaEntry): boolean {
  return (vma.status & VMA_REGULAR) !== 0 && !isKernels(vma) && !isGuard(vma);
}

/** Backed by a file with a name, a ghost included. */
export function isFile(vma: VmaEntry): boolean {
  return (vma.status & VMA_FILE) !== 0 && (vma.status & VMA_MEMFD) === 0;
}

export function isMemfd(vma: VmaEntry): boolean {
  return (vma.status & VMA_MEMFD) !== 0;
}

/** Shared memory without a name, by the classic rule: shmid is its own. */
export function isSharedAnonymous(vma: VmaEntry): boolean {
  return (vma.status & VMA_ANON_SHARED) !== 0;
}

export function describe(vma: VmaEntry): string {
  return `${hex(vma.start)}-${hex(vma.end)}`;
}

/**
 * Memory that was writable once counts towards the commit limit for good: it is made writable again, and loses that
 * once it has pages. The kernel forgets the account of memory that never had any (mprotect_fixup in mm/mprotect.c).
 */
export function protWhileFilled(vma: VmaEntry): number {
  return vma.accounted ? vma.prot | PROT_WRITE : vma.prot;
}
