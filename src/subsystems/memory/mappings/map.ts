// SPDX-License-Identifier: GPL-2.0-only

import type { VmaEntry } from '../../../images/generated/messages.js';
import { num, pages } from '../../../images/wire/u64.js';
import { O_RDONLY, O_RDWR } from '../../../linux/fcntl.js';
import {
  MAP_ANONYMOUS,
  MAP_DROPPABLE,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
} from '../../../linux/mman.js';
import type { TreePlan } from '../../../plan/tree.js';
import { exactly, type Strand, type Why } from '../../../program/index.js';
import { specialFile } from '../../files/regular/special-restore.js';
import { memfdObject } from '../memfd/object.js';
import { objectNumber } from './objects.js';
import { describe, isFile, isMemfd, isSharedAnonymous, protWhileFilled } from './vma.js';

const KEPT = MAP_SHARED | MAP_PRIVATE | MAP_DROPPABLE | MAP_GROWSDOWN | MAP_NORESERVE;

/** Descriptor that a mapping is made of, -1 for anonymous memory that nothing else is mapped to. In phase `pool` first: files are opened there. */
export function backingOf(plan: TreePlan, vma: VmaEntry, pid: number): number {
  if (isSharedAnonymous(vma)) return objectNumber(plan, num(vma.shmid));
  const flags = (vma.flags & MAP_SHARED) !== 0 ? (vma.fdflags ?? O_RDWR) : O_RDONLY;
  if (isMemfd(vma)) return memfdObject(plan, num(vma.shmid), flags);
  if (!isFile(vma)) return -1;
  return specialFile(plan, num(vma.shmid), flags, () => `mapping ${describe(vma)} of pid ${pid}`);
}

/** The mapping as the task had it; pages are put into it from outside, whatever its protection. */
export function mapVma(strand: Strand, vma: VmaEntry, fd: number): void {
  const start = pages(vma.start);
  const length = pages(vma.end) - start;
  const flags = (vma.flags & KEPT) | MAP_FIXED_NOREPLACE | (fd < 0 ? MAP_ANONYMOUS : 0);
  const why: Why = ({ tid }) => `mapping ${describe(vma)} of pid ${tid}`;
  strand.call('mmap', [start, length, protWhileFilled(vma), flags, fd, fd < 0 ? 0 : pages(vma.pgoff)], {
    why,
    expect: exactly(start),
  });
}
