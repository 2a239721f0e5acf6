// SPDX-License-Identifier: GPL-2.0-only

import { CAP_CHOWN, holds } from '../../../linux/capability.js';
import { AT_FDCWD, O_ACCMODE, O_CLOEXEC, O_RDONLY, O_WRONLY } from '../../../linux/fcntl.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { TreePlan } from '../../../plan/tree.js';
import { load32, OK, okOr } from '../../../program/index.js';
import type { DescriptorKind } from '../tables/kind.js';
import { setStatus } from '../tables/status.js';
import { refill } from './refill.js';

/** Numbers of both ends of a pipe of the tree: of the first description of each, or of one that goes with the pool. */
interface Ends {
  readonly read: number;
  readonly write: number;
  made: boolean;
  owned: boolean;
}

const EPERM = 1;
/** What pipe(2) gives (get_pipe_inode, fs/pipe.c). */
const USUAL_MODE = 0o600;

const PIPES = new Derived(allPipes);

/** pipe(2). Ends that nobody has are open at pool numbers until all is written, and close with the pool. */
export const pipeKind: DescriptorKind = {
  create(plan, file, at) {
    if (!file.pipe) throw wrong('files.img', `file ${file.id} is a pipe without pipe`);
    const { pipe_id, flags } = file.pipe;
    const { root } = plan;
    const ends = pipeOf(plan, pipe_id);
    if (!ends.made) make(plan, pipe_id, ends);
    const mode = flags & O_ACCMODE;
    const end = mode === O_RDONLY ? ends.read : ends.write;
    const why = `pipe ${pipe_id}, file ${file.id}`;
    if (end !== at) {
      // Another description of the same end, or one for both directions. open(2) takes no O_DIRECT here.
      const made = root.call('openat', [AT_FDCWD, root.path(`/proc/self/fd/${end}`), mode | O_CLOEXEC, 0], { why, save: true });
      plan.pool.place(root, made, at, why);
    }
    setStatus(root, at, flags, why);
  },
  link(plan, { pipe }) {
    if (!pipe) return;
    const ends = pipeOf(plan, pipe.pipe_id);
    if (!ends.owned) own(plan, pipe.pipe_id, ends.write);
    ends.owned = true;
  },
};

function pipeOf(plan: TreePlan, id: number): Ends {
  return derived(plan, PIPES).get(id) as Ends;
}

function allPipes({ model, pool }: TreePlan): Map<number, Ends> {
  const pipes = new Map<number, { read?: number; write?: number }>();
  for (const { id, pipe } of model.files.values()) {
    if (!pipe) continue;
    const ends = pipes.get(pipe.pipe_id) ?? {};
    const mode = pipe.flags & O_ACCMODE;
    if (mode === O_RDONLY) ends.read ??= pool.file(id);
    else if (mode === O_WRONLY) ends.write ??= pool.file(id);
    pipes.set(pipe.pipe_id, ends);
  }
  const whole = ([id, { read, write }]: [number, { read?: number; write?: number }]): [number, Ends] => [
    id,
    { read: read ?? pool.number(`pipe:${id}:read`), write: write ?? pool.number(`pipe:${id}:write`), made: false, owned: false },
  ];
  return new Map([...pipes].map(whole));
}

function make(plan: TreePlan, id: number, ends: Ends): void {
  const { root, pool } = plan;
  ends.made = true;
  const why = `pipe ${id}: create`;
  const pair = root.reserve(8);
  root.call('pipe2', [pair, 0], { why });
  pool.place(root, root.set(load32(pair), why), ends.read, why);
  pool.place(root, root.set(load32(pair, 4), why), ends.write, why);
  const [content] = plan.images.dataOf('PIPES_DATA', 'pipe_id', id);
  if (content) refill(root, ends.write, content, `pipe ${id}`);
}

/** Who may open it again, as /dev/stdout or /proc/PID/fd/N. Late: a root without CAP_DAC_OVERRIDE could not open other descriptions of it. */
function own({ root, host, images }: TreePlan, id: number, at: number): void {
  const [content] = images.dataOf('PIPES_DATA', 'pipe_id', id);
  if (!content) return;
  const { uid, gid, mode } = content.entry;
  const what = `pipe ${id}`;
  if (mode !== undefined && mode !== USUAL_MODE) root.call('fchmod', [at, mode], { why: `${what}: mode` });
  if (uid === undefined || gid === undefined) return;
  // Whoever may not give it away keeps it: no reason to give up the tree.
  const expect = holds(host.capabilities, CAP_CHOWN) ? OK : okOr(-EPERM);
  root.call('fchown', [at, uid, gid], { why: `${what}: owner`, expect });
}
