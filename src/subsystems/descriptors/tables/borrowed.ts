// SPDX-License-Identifier: GPL-2.0-only
import type { FdTable } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';

const LAST = 0xffff_ffff;

/** Ranges, both ends included, of all that is open in a table by now and does not stay. */
export function borrowed({ pool }: TreePlan, { fds }: FdTable): [first: number, last: number][] {
  const kept = new Set(fds.map(({ fd }) => fd));
  const ranges: [number, number][] = [];
  let at = 0;
  for (const number of pool.all()) {
    if (kept.has(number)) continue;
    // As far as nothing is in the way: what lies between is not open, or nobody's.
    while (at < fds.length && (fds[at]?.fd ?? 0) < number) at += 1;
    const end = (fds[at]?.fd ?? LAST + 1) - 1;
    const last = ranges.at(-1);
    if (last && last[1] === end) continue;
    ranges.push([number, end]);
  }
  if (ranges.at(-1)?.[1] !== LAST) {
    const highest = fds.at(-1)?.fd ?? -1;
    ranges.push([highest + 1, LAST]);
  }
  return ranges;
}
