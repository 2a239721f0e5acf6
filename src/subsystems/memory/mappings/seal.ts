// SPDX-License-Identifier: GPL-2.0-only

import type { VmaEntry } from '../../../images/generated/messages.js';
import { VMA_FILE_PRIVATE, VMA_FILE_SHARED } from '../../../images/vma.js';
import { pages } from '../../../images/wire/u64.js';
import {
  MADV_GUARD_INSTALL,
  MADV_MERGEABLE,
  MADV_UNMERGEABLE,
  MAP_LOCKED,
  MLOCK_ONFAULT,
  PROT_NONE,
} from '../../../linux/mman.js';
import { PR_SET_VMA, PR_SET_VMA_ANON_NAME } from '../../../linux/prctl.js';
import { ANY, OK, okOr, type Strand, type Why } from '../../../program/index.js';
import { describe, protWhileFilled } from './vma.js';

const ENOMEM = 12;

export interface Seal {
  /** Its protection key, 0: none of its own. */
  readonly key: number;
  /** All memory of the process is merged that is not excepted. */
  readonly merges?: boolean | undefined;
  /** There are guard pages in it. */
  readonly guarded: boolean;
}

/** What a mapping gets once its pages are in: protection and its key, advice, name, lock. */
export function sealVma(strand: Strand, vma: VmaEntry, { key, merges, guarded }: Seal): void {
  const start = pages(vma.start);
  const length = pages(vma.end) - start;
  const why =
    (what: string): Why =>
    ({ tid }) =>
      `mapping ${describe(vma)} of pid ${tid}: ${what}`;
  if (key !== 0) strand.call('pkey_mprotect', [start, length, vma.prot, key], { why: why(`protection key ${key}`) });
  else if (protWhileFilled(vma) !== vma.prot) strand.call('mprotect', [start, length, vma.prot], { why: why('protection') });
  if (vma.madv) {
    // The kernel remembers advice with numbers below 26.
    for (let bits = Number(vma.madv) & ~1; bits !== 0; bits &= bits - 1) {
      const advice = 31 - Math.clz32(bits & -bits);
      strand.call('madvise', [start, length, advice], { why: why(`madvise ${advice}`) });
    }
  }
  if (merges && !(Number(vma.madv ?? 0) & (1 << MADV_MERGEABLE)))
    strand.call('madvise', [start, length, MADV_UNMERGEABLE], { why: why('not to be merged') });
  const name = vma.raw_name ?? vma.name;
  // CONFIG_ANON_VMA_NAME (5.17) may be off: a name is for people, none is no harm.
  if (name)
    strand.call('prctl', [PR_SET_VMA, PR_SET_VMA_ANON_NAME, start, length, strand.path(name)], {
      why: why('name'),
      expect: ANY,
    });
  if (vma.flags & MAP_LOCKED) {
    // Locking what nobody may touch, guard pages or what lies behind the end of its file, succeeds, and is told as ENOMEM
    // because no page could be brought in.
    const expect = vma.prot === PROT_NONE || guarded || backed(vma) ? okOr(-ENOMEM) : OK;
    strand.call('mlock2', [start, length, vma.lock_on_fault ? MLOCK_ONFAULT : 0], { why: why('lock'), expect });
  }
}

function backed({ status }: VmaEntry): boolean {
  return (status & (VMA_FILE_PRIVATE | VMA_FILE_SHARED)) !== 0;
}

/** Pages that fault although they lie in a mapping (6.13). */
export function installGuard(strand: Strand, guard: VmaEntry): void {
  const start = pages(guard.start);
  const why: Why = ({ tid }) => `guard pages ${describe(guard)} of pid ${tid}`;
  strand.call('madvise', [start, pages(guard.end) - start, MADV_GUARD_INSTALL], { why });
}
