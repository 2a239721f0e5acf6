// SPDX-License-Identifier: GPL-2.0-only

import { FdTypes } from '../../images/generated/enums.js';
import { AT_FDCWD, O_ACCMODE, O_CLOEXEC, O_RDONLY, O_WRONLY } from '../../linux/fcntl.js';
import { wrong } from '../../model/images.js';
import { Derived, derived } from '../../model/memo.js';
import { load32 } from '../../program/index.js';
import type { TreePlan } from '../../restore/plan.js';
import type { DescriptorKind } from '../descriptors/kind.js';
import { setStatus } from '../descriptors/status.js';
import { refill } from './refill.js';

/** A pipe made for the tree: pool numbers of its ends, and whether a description is that end already. */
interface Ends {
  readonly read: number;
  readonly write: number;
  readonly taken: Set<number>;
}

const PIPES = new Derived((_: TreePlan) => new Map<number, Ends>());

/** pipe(2). Ends that nobody has are open at pool numbers until all is written, and close with the pool. */
export const pipeKind: DescriptorKind = {
  type: FdTypes.PIPE,
  create(plan, file, at) {
    if (!file.pipe) throw wrong('files.img', `file ${file.id} is a pipe without pipe`);
    const { pipe_id, flags } = file.pipe;
    const { root } = plan;
    const ends = pipeOf(plan, pipe_id);
    const mode = flags & O_ACCMODE;
    const end = mode === O_RDONLY ? ends.read : ends.write;
    const why = `pipe ${pipe_id}, file ${file.id}`;
    if (mode <= O_WRONLY && !ends.taken.has(mode)) {
      ends.taken.add(mode);
      root.call('dup3', [end, at, O_CLOEXEC], { why });
    } else {
      // Another description of the same end.
      const made = root.call('openat', [AT_FDCWD, root.path(`/proc/self/fd/${end}`), mode | O_CLOEXEC, 0], { why, save: true });
      plan.pool.place(root, made, at, why);
    }
    setStatus(root, at, flags, why);
  },
};

function pipeOf(plan: TreePlan, id: number): Ends {
  const pipes = derived(plan, PIPES);
  let ends = pipes.get(id);
  if (!ends) {
    ends = make(plan, id);
    pipes.set(id, ends);
  }
  return ends;
}

function make(plan: TreePlan, id: number): Ends {
  const { root, pool } = plan;
  const ends = { read: pool.number(`pipe:${id}:read`), write: pool.number(`pipe:${id}:write`), taken: new Set<number>() };
  const why = `pipe ${id}: create`;
  const pair = root.reserve(8);
  root.call('pipe2', [pair, 0], { why });
  pool.place(root, root.set(load32(pair), why), ends.read, why);
  pool.place(root, root.set(load32(pair, 4), why), ends.write, why);
  const [content] = plan.images.dataOf('PIPES_DATA', 'pipe_id', id);
  if (content) refill(root, ends.write, content, `pipe ${id}`);
  return ends;
}
