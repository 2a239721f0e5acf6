// SPDX-License-Identifier: GPL-2.0-only
import { AT_FDCWD, O_CLOEXEC, O_NOCTTY } from '../../../linux/fcntl.js';
import type { TreePlan } from '../../../plan/tree.js';
import { pathOf } from './path.js';

/**
 * Pool number of a file that is needed as such (executable, directory, mapping), opened with `flags`. To be asked for
 * in phase `pool` first: later the same number comes back.
 */
export function specialFile(plan: TreePlan, id: number, flags: number, reason: string | (() => string)): number {
  const key = `path:${id}:${flags}`;
  if (plan.pool.has(key)) return plan.pool.number(key);
  const at = plan.pool.number(key);
  const why = typeof reason === 'function' ? reason() : reason;
  const name = pathOf(plan, id);
  const made = plan.root.call('openat', [AT_FDCWD, plan.root.path(name), flags | O_CLOEXEC | O_NOCTTY, 0], {
    why: `${why}: open ${Buffer.from(name).toString()}`,
    save: true,
  });
  plan.pool.place(plan.root, made, at, why);
  return at;
}
