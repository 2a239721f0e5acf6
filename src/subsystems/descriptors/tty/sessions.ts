// SPDX-License-Identifier: GPL-2.0-only

import { type Task, TtyEnd } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { ptsIndex } from './numbers.js';

export interface Held {
  readonly session: number;
  readonly foreground: number;
}

/** Indices of the pairs whose master is in the tree. */
export function masters({ survey }: Facts): Set<number> {
  const found = new Set<number>();
  for (const { tty } of survey.descriptions) if (tty?.end === TtyEnd.MASTER) found.add(tty.index);
  return found;
}

/** Index of the terminal that lies outside of the tree, by which the tree hangs on its user; there may be one at most. */
export function outside(facts: Facts): number[] {
  const inside = masters(facts);
  const found = new Set<number>();
  for (const { tty } of facts.survey.descriptions) {
    if (tty && tty.end !== TtyEnd.MASTER && !tty.hungUp && !inside.has(tty.index)) found.add(tty.index);
  }
  for (const { index } of controlled(facts)) if (!inside.has(index)) found.add(index);
  return [...found];
}

/** Session leaders of the tree, and the root, with the terminal that controls them. */
export function* controlled({ living, root }: Facts): Generator<{ readonly task: Task; readonly index: number }> {
  for (const task of living) {
    if (task.sid !== task.pid && task !== root) continue;
    const index = ptsIndex(task.ttyNr);
    if (index !== undefined) yield { task, index };
  }
}

/** By index: the session that a terminal controls, and its foreground group. */
export function holders(facts: Facts): Map<number, Held> {
  const held = new Map<number, Held>();
  for (const { task, index } of controlled(facts)) held.set(index, { session: task.sid, foreground: Math.max(task.tpgid, 0) });
  for (const { tty } of facts.survey.descriptions) {
    if (tty?.end === TtyEnd.MASTER && tty.session && !held.has(tty.index))
      held.set(tty.index, { session: tty.session, foreground: tty.foreground });
  }
  return held;
}
