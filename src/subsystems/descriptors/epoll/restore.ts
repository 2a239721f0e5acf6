// SPDX-License-Identifier: GPL-2.0-only
import type { EventpollFileEntry, EventpollTfdEntry, FileEntry } from '../../../images/generated/messages.js';
import { big } from '../../../images/wire/u64.js';
import { O_CLOEXEC } from '../../../linux/fcntl.js';
import { wrong } from '../../../model/images.js';
import { fileAt, tablesOf } from '../../../model/lookup.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import type { DescriptorKind } from '../tables/kind.js';
import { findKind } from '../tables/make.js';
import { setStatus } from '../tables/status.js';

const EPOLL_CTL_ADD = 1;

/**
 * epoll(7). The kernel knows a target by its description and by the number it was added under, whatever that number
 * means later: so the target is put at that very number for the moment of the adding, before any final number exists.
 */
export const epollKind: DescriptorKind = {
  related: (model, file) =>
    Array.from(targets(model, file), ([, watched]) => (watched && !isLate(model, watched) ? watched : [])).flat(),
  /** A number that means another file by now, or none, is for the root to take for the moment. */
  alone: (model, file, [holder]) => {
    const there = (tfd: number): number | undefined => holder && fileAt(model, holder.table, tfd);
    return Array.from(targets(model, file)).every(([{ tfd }, watched]) => there(tfd) === watched || isLate(model, watched));
  },
  create({ root, pool }, file, at) {
    const why = `epoll ${file.id}: create`;
    const made = root.call('epoll_create1', [0], { why, save: true });
    pool.place(root, made, at, why);
    setStatus(root, at, entryOf(file).flags, `epoll ${file.id}`);
  },
  link(plan, file, at) {
    for (const [target, watched] of targets(plan.model, file))
      if (!isLate(plan.model, watched)) add(plan, file, at, target, watched);
  },
  attach({ tree, task, strand }, file, fd) {
    for (const [{ tfd, events, data }, watched] of targets(tree.model, file)) {
      if (!isLate(tree.model, watched)) continue;
      if (fileAt(tree.model, task.alive.table, tfd) !== watched)
        throw wrong('files.img', `epoll ${file.id} watches fd ${tfd} (file ${watched}), which pid ${task.pid} does not have`);
      const why = `epoll ${file.id}: watch fd ${tfd} (file ${watched})`;
      strand.call('epoll_ctl', [fd, EPOLL_CTL_ADD, tfd, strand.ints(event(tree, events, big(data)))], { why });
    }
  },
};

function add(plan: TreePlan, file: FileEntry, at: number, { tfd, events, data }: EventpollTfdEntry, watched?: number): void {
  const { root, pool, makers } = plan;
  if (!watched || !pool.hasFile(watched))
    throw wrong('files.img', `epoll ${file.id} watches fd ${tfd}, which is not in the images`);
  const why = `epoll ${file.id}: watch fd ${tfd} (file ${watched})`;
  // Of a task that makes it alone all are at their final numbers, of which a file may have several.
  const there = makers.ownerOf(file.id) !== undefined || pool.file(watched) === tfd;
  if (!there) root.call('dup3', [pool.file(watched), tfd, O_CLOEXEC], { why });
  root.call('epoll_ctl', [at, EPOLL_CTL_ADD, tfd, root.ints(event(plan, events, big(data)))], { why });
  if (!there) root.call('close', [tfd], { why });
}

/** What no process but its holder can make, and not before all are there. */
function isLate({ files }: Model, watched: number | undefined): boolean {
  const file = watched === undefined ? undefined : files.get(watched);
  return file !== undefined && findKind(file)?.late === true;
}

/** struct epoll_event, which is packed on x86_64 only. */
function event({ host }: TreePlan, events: number, data: bigint): number[] {
  const low = Number(BigInt.asIntN(32, data));
  const high = Number(BigInt.asIntN(32, data >> 32n));
  return host.facts.machine === 'x86_64' ? [events | 0, low, high] : [events | 0, 0, low, high];
}

/** What an epoll watches, and the file of each. Images of CRIU name the number only, of a table that holds the epoll. */
function* targets(model: Model, file: FileEntry): Generator<[target: EventpollTfdEntry, watched: number | undefined]> {
  for (const target of entryOf(file).tfd) yield [target, target.file_id || fileBeside(model, file.id, target.tfd)];
}

/** What a number means in the tables that hold an epoll; in the first that has it, if there are several. */
function fileBeside(model: Model, epoll: number, fd: number): number | undefined {
  for (const table of tablesOf(model, epoll)) {
    const file = fileAt(model, table, fd);
    if (file !== undefined) return file;
  }
  return undefined;
}

function entryOf(file: FileEntry): EventpollFileEntry {
  if (!file.epfd) throw wrong('files.img', `file ${file.id} is an epoll without epfd`);
  return file.epfd;
}
