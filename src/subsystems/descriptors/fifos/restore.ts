// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry, RegFileEntry } from '../../../images/generated/messages.js';
import { AT_FDCWD, F_SETFL, O_ACCMODE, O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../../linux/fcntl.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { isMadeAnew, pathOf } from '../../files/regular/path.js';
import { refill } from '../pipes/refill.js';
import type { DescriptorKind } from '../tables/kind.js';
import { setStatus } from '../tables/status.js';

const FIONREAD = 0x541b;
/** FIFOs that somebody has open both ways by now. */
const BOTH = new Derived((_: TreePlan) => new Set<number>());

/** fifo(7). A description for both directions is there first, so that no open(2) waits. */
export const fifoKind: DescriptorKind = {
  related: (model, { fifo }) =>
    fifo
      ? filesOf(model, fifo.pipe_id)
          .slice(0, 1)
          .map(({ id }) => id)
      : [],
  /** A name that is made for the moment is gone by the time a task makes its own. */
  alone(model, { fifo }) {
    const reg = fifo?.regf_id === undefined ? undefined : model.files.get(fifo.regf_id);
    return reg !== undefined && !isMadeAnew(model, reg);
  },
  create(plan, file, at) {
    const { root, pool } = plan;
    const { reg, pipe } = partsOf(plan, file);
    const what = `FIFO ${reg.name}, file ${file.id}`;
    const path = root.path(pathOf(plan, reg.id));
    if (file.fifo?.awaits_writer) {
      openFirst(plan, { pipe, reg, at, what });
      return;
    }
    const both = derived(plan, BOTH);
    if ((reg.flags & O_ACCMODE) === O_RDWR && !both.has(pipe)) {
      openBoth(plan, pipe, reg, at);
      setStatus(root, at, reg.flags, what);
      return;
    }
    if (!both.has(pipe)) openBoth(plan, pipe, reg, pool.number(`fifo:${pipe}`));
    const made = root.call('openat', [AT_FDCWD, path, (reg.flags & O_ACCMODE) | O_CLOEXEC, 0], {
      why: `${what}: open`,
      save: true,
    });
    pool.place(root, made, at, what);
    setStatus(root, at, reg.flags, what);
  },
};

function filesOf(model: Model, pipe: number): readonly FileEntry[] {
  return derived(model, FILES).get(pipe) ?? [];
}

/** By pipe_id: the descriptions of a FIFO. */
const FILES = new Derived(({ files }: Model) => {
  const fifos = new Map<number, FileEntry[]>();
  for (const file of files.values()) {
    if (!file.fifo) continue;
    const known = fifos.get(file.fifo.pipe_id);
    if (known) known.push(file);
    else fifos.set(file.fifo.pipe_id, [file]);
  }
  return fifos;
});

/**
 * A read end that no writer has come to yet: poll(2) tells it a hang-up only once one has come and gone (pipe_poll, fs/pipe.c). So
 * it is opened while nobody, not even we, has the FIFO open for writing. It is empty then.
 */
function openFirst(plan: TreePlan, { pipe, reg, at, what }: { pipe: number; reg: RegFileEntry; at: number; what: string }): void {
  const { root, pool } = plan;
  const made = root.call(
    'openat',
    [AT_FDCWD, root.path(pathOf(plan, reg.id)), (reg.flags & O_ACCMODE) | O_NONBLOCK | O_CLOEXEC, 0],
    {
      why: `${what}: open, without a writer`,
      save: true,
    },
  );
  pool.place(root, made, at, what);
  if (!(reg.flags & O_NONBLOCK)) root.call('fcntl', [at, F_SETFL, 0], { why: `${what}: status flags` });
  setStatus(root, at, reg.flags, what);
  const [content] = plan.images.dataOf('FIFO_DATA', 'pipe_id', pipe);
  if (content && content.data.length === 0) refill(root, at, content, what);
}

/** A description for both directions, one of the tree's own or one that goes with the pool; the data is in it from then on. */
function openBoth(plan: TreePlan, pipe: number, reg: RegFileEntry, at: number): void {
  const { root, pool } = plan;
  derived(plan, BOTH).add(pipe);
  const what = `FIFO ${reg.name}`;
  const made = root.call('openat', [AT_FDCWD, root.path(pathOf(plan, reg.id)), O_RDWR | O_CLOEXEC, 0], {
    why: `${what}: open`,
    save: true,
  });
  pool.place(root, made, at, what);
  const [content] = plan.images.dataOf('FIFO_DATA', 'pipe_id', pipe);
  if (!content) return;
  if (content.data.length > 0) {
    // Whoever else has it open has kept the data, or put some there since: it would be there twice, or in another order.
    const waiting = root.reserve(4, 4);
    root.call('ioctl', [at, FIONREAD, waiting], { why: `${what}: look whether it is empty` });
    root.compare(waiting, root.ints([0]), 4, { why: `${what}: there is data in it already, from a process outside of the tree` });
  }
  refill(root, at, content, what);
}

function partsOf({ model }: TreePlan, { id, fifo }: FileEntry): { readonly reg: RegFileEntry; readonly pipe: number } {
  if (!fifo) throw wrong('files.img', `file ${id} is a FIFO without fifo`);
  const reg = fifo.regf_id === undefined ? undefined : model.files.get(fifo.regf_id)?.reg;
  if (!reg) throw wrong('files.img', `FIFO ${id} has no path`);
  return { reg, pipe: fifo.pipe_id };
}
