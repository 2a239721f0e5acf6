// SPDX-License-Identifier: GPL-2.0-only

import type { MmEntry } from '../../../images/generated/messages.js';
import { VMA_ANON_PRIVATE, VMA_FILE_PRIVATE } from '../../../images/vma.js';
import { pages } from '../../../images/wire/u64.js';
import { Derived, derived } from '../../../memo.js';
import type { TreePlan } from '../../../plan/tree.js';
import { isGuard, isKernels } from './vma.js';

const FILE_PRIVATE = 1;
/** The kernel's own mappings come from the running kernel, whatever the images hold of them. */
const PASS_OVER = 4;

/** Equal address spaces are decoded once, and are one object. */
const KNOWN = new Derived((_: TreePlan) => new Map<MmEntry, readonly number[]>());

/** Where pages of the images may go: start, end, flags of each private mapping. */
export function fillRanges(plan: TreePlan, mm: MmEntry): readonly number[] {
  const known = derived(plan, KNOWN);
  const ranges = known.get(mm) ?? rangesOf(mm);
  known.set(mm, ranges);
  return ranges;
}

function rangesOf({ vmas }: MmEntry): number[] {
  const ranges: number[] = [];
  for (const vma of vmas) {
    if (isGuard(vma) || (vma.status & (VMA_ANON_PRIVATE | VMA_FILE_PRIVATE)) === 0) continue;
    const flags = (vma.status & VMA_FILE_PRIVATE ? FILE_PRIVATE : 0) | (isKernels(vma) ? PASS_OVER : 0);
    ranges.push(pages(vma.start), pages(vma.end), flags);
  }
  return ranges;
}
