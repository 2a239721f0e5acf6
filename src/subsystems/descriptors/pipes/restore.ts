// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../../../images/generated/messages.js';
import { CAP_CHOWN, holds } from '../../../linux/capability.js';
import { AT_FDCWD, O_ACCMODE, O_CLOEXEC, O_RDONLY, O_WRONLY } from '../../../linux/fcntl.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { load32, OK, okOr } from '../../../program/index.js';
import { type DescriptorKind, hasHighNumber } from '../tables/kind.js';
import { setStatus } from '../tables/status.js';
import { refill } from './refill.js';

/** Numbers of both ends of a pipe of the tree: of the first description of each, of one that goes with the pool, or none. */
interface Ends {
  readonly read: number;
  readonly write: number;
  made: boolean;
  owned: boolean;
}

/** The number of an end that is only there for a moment. */
const NONE = -1;
const EPERM = 1;
/** What pipe(2) gives (get_pipe_inode, fs/pipe.c). */
const USUAL_MODE = 0o600;

/** By pipe_id: the descriptions of a pipe. */
const FILES = new Derived(byPipe);
const MADE = new Derived((_: TreePlan) => new Map<number, Ends>());

/** pipe(2). Ends that nobody has are open until all is written; at pool numbers if others are opened by them, which close with the pool. */
export const pipeKind: DescriptorKind = {
  related: (model, { pipe }) =>
    pipe
      ? filesOf(model, pipe.pipe_id)
          .slice(0, 1)
          .map(({ id }) => id)
      : [],
  alone: (_, __, holders) => hasHighNumber(holders),
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
    if (!ends.owned) own(plan, pipe.pipe_id, ends.write === NONE ? ends.read : ends.write);
    ends.owned = true;
  },
};

function pipeOf(plan: TreePlan, id: number): Ends {
  const made = derived(plan, MADE);
  const known = made.get(id) ?? endsOf(plan, id);
  made.set(id, known);
  return known;
}

function filesOf(model: Model, pipe: number): readonly FileEntry[] {
  return derived(model, FILES).get(pipe) ?? [];
}

function byPipe({ files }: Model): Map<number, FileEntry[]> {
  const pipes = new Map<number, FileEntry[]>();
  for (const file of files.values()) {
    if (!file.pipe) continue;
    const known = pipes.get(file.pipe.pipe_id);
    if (known) known.push(file);
    else pipes.set(file.pipe.pipe_id, [file]);
  }
  return pipes;
}

function endsOf({ model, pool }: TreePlan, pipe: number): Ends {
  const files = filesOf(model, pipe);
  const first = (mode: number) => files.find((file) => file.pipe && (file.pipe.flags & O_ACCMODE) === mode);
  // Where there is but one description of one end, it is all that is ever opened; one of both is opened by way of an end.
  const [only] = files.length === 1 ? files : [];
  const [read, write] = [first(O_RDONLY), first(O_WRONLY)];
  const number = (file: FileEntry | undefined, end: string): number => {
    if (!file && only && (read ?? write)) return NONE;
    return file ? pool.file(file.id) : pool.number(`pipe:${pipe}:${end}`);
  };
  return { read: number(read, 'read'), write: number(write, 'write'), made: false, owned: false };
}

function make(plan: TreePlan, id: number, ends: Ends): void {
  const { root, pool } = plan;
  ends.made = true;
  const why = `pipe ${id}: create`;
  const pair = root.reserve(8);
  root.call('pipe2', [pair, 0], { why });
  const [read, write] = [root.set(load32(pair), why), root.set(load32(pair, 4), why)];
  if (ends.read !== NONE) pool.place(root, read, ends.read, why);
  if (ends.write !== NONE) pool.place(root, write, ends.write, why);
  const [content] = plan.images.dataOf('PIPES_DATA', 'pipe_id', id);
  if (content) refill(root, ends.write === NONE ? write : ends.write, content, `pipe ${id}`);
  if (ends.read === NONE) root.call('close', [read], { why: `pipe ${id}: nobody reads it` });
  if (ends.write === NONE) root.call('close', [write], { why: `pipe ${id}: nobody writes to it` });
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
