// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry, RegFileEntry } from '../../../images/generated/messages.js';
import { AT_FDCWD, F_SETFL, O_ACCMODE, O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../../linux/fcntl.js';
import { wrong } from '../../../model/images.js';
import type { TreePlan } from '../../../plan/tree.js';
import { pathOf } from '../../files/regular/path.js';
import { refill } from '../pipes/refill.js';
import type { DescriptorKind } from '../tables/kind.js';
import { setStatus } from '../tables/status.js';

const FIONREAD = 0x541b;

/** fifo(7). One description for both directions keeps it open until the pool is closed, so that no open(2) waits. */
export const fifoKind: DescriptorKind = {
  create(plan, file, at) {
    const { root, pool } = plan;
    const { reg, pipe } = partsOf(plan, file);
    const what = `FIFO ${reg.name}, file ${file.id}`;
    const path = root.path(pathOf(plan, reg.id));
    if (file.fifo?.awaits_writer) {
      openFirst(plan, { pipe, reg, at, what });
      return;
    }
    openBoth(plan, pipe, reg);
    const made = root.call('openat', [AT_FDCWD, path, (reg.flags & O_ACCMODE) | O_CLOEXEC, 0], {
      why: `${what}: open`,
      save: true,
    });
    pool.place(root, made, at, what);
    setStatus(root, at, reg.flags, what);
  },
};

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

/** Pool number of a description for both directions; the data is in it from the first time on. */
function openBoth(plan: TreePlan, pipe: number, reg: RegFileEntry): void {
  const { root, pool } = plan;
  const key = `fifo:${pipe}`;
  if (pool.has(key)) return;
  const at = pool.number(key);
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
