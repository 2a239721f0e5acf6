// SPDX-License-Identifier: GPL-2.0-only

import { StasisError } from '../../../errors/index.js';
import { AT_FDCWD, O_CLOEXEC, O_NOCTTY } from '../../../linux/fcntl.js';
import { Finding } from '../../../memo.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { type Pair, terminalsOf } from './model.js';

/** The standard stream of the restorer that is a terminal; the seed inherits it under the same number. */
export const CALLERS_STREAM = new Finding(0);

export function outsidePair(model: Model): Pair | undefined {
  return [...terminalsOf(model).pairs.values()].find(({ kind }) => kind === 'outside');
}

/** Opens the terminal of whoever restores: a description of its own, so that its flags are nobody else's. */
export function openCallers({ root, shellJob, findings, pool }: TreePlan, pair: Pair, flags: number, at: number): void {
  const what = `terminal /dev/pts/${pair.index}`;
  if (!shellJob) {
    const cause = 'its master was outside of the tree';
    throw new StasisError({
      kind: 'host',
      operation: 'restore',
      object: what,
      cause,
      hint: '--shell-job puts the terminal of the caller in its place',
    });
  }
  const stream = `/proc/self/fd/${findings.get(CALLERS_STREAM)}`;
  const made = root.call('openat', [AT_FDCWD, root.path(stream), flags | O_NOCTTY | O_CLOEXEC, 0], {
    why: `${what}: open the caller's instead`,
    save: true,
  });
  pool.place(root, made, at, what);
}
