// SPDX-License-Identifier: GPL-2.0-only
import type { EventpollFileEntry, EventpollTfdEntry, FileEntry } from '../../../images/generated/messages.js';
import { big } from '../../../images/wire/u64.js';
import { O_CLOEXEC } from '../../../linux/fcntl.js';
import { wrong } from '../../../model/images.js';
import { fileAt, tablesOf } from '../../../model/lookup.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { okOr } from '../../../program/index.js';
import type { DescriptorKind } from '../tables/kind.js';
import { findKind } from '../tables/make.js';
import { setStatus } from '../tables/status.js';

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 0x001;
const EPOLLOUT = 0x004;
const EPOLLONESHOT = 1 << 30;
/** EP_PRIVATE_BITS of fs/eventpoll.c: EPOLLEXCLUSIVE, EPOLLWAKEUP, EPOLLONESHOT, EPOLLET. */
const PRIVATE = 0xf000_0000;
const EINVAL = 22;
const EPIOCSPARAMS = 0x4008_8a01;

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
    const { flags, busy_polling } = entryOf(file);
    setStatus(root, at, flags, `epoll ${file.id}`);
    if (busy_polling) root.call('ioctl', [at, EPIOCSPARAMS, root.bytes(busy_polling)], { why: `epoll ${file.id}: busy polling` });
  },
  link(plan, file, at) {
    // Nothing else may be ready while a shot is taken.
    const now = [...targets(plan.model, file)].filter(([, watched]) => !isLate(plan.model, watched));
    for (const [target, watched] of now) if (hasShot(target)) add(plan, file, at, target, watched);
    for (const [target, watched] of now) if (!hasShot(target)) add(plan, file, at, target, watched);
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
  if (hasShot({ events })) addShot(plan, at, tfd, { events, data: big(data), why });
  else root.call('epoll_ctl', [at, EPOLL_CTL_ADD, tfd, root.ints(event(plan, events, big(data)))], { why });
  if (!there) root.call('close', [tfd], { why });
}

/** A one-shot whose event was taken: not even EPOLLERR and EPOLLHUP are left, which the kernel adds to whatever is asked for. */
function hasShot({ events }: Pick<EventpollTfdEntry, 'events'>): boolean {
  return (events & EPOLLONESHOT) !== 0 && (events & ~PRIVATE) === 0;
}

/**
 * So it is made to shoot, and the event taken, where it is ready for anything, as nearly all sockets are. What is not is
 * watched for errors and hang-ups, that much the kernel does not let be left out.
 */
function addShot(
  plan: TreePlan,
  at: number,
  tfd: number,
  { events, data, why }: { events: number; data: bigint; why: string },
): void {
  const { root } = plan;
  root.call('epoll_ctl', [at, EPOLL_CTL_ADD, tfd, root.ints(event(plan, events | EPOLLIN | EPOLLOUT, data))], { why });
  const room = root.ints(event(plan, 0, 0n));
  const shots = root.call('epoll_pwait', [at, room, 1, 0, 0, 0], { why: `${why}: take its event`, save: true });
  // With a shot that is no operation of epoll_ctl().
  const how = { why: `${why}: shot`, expect: okOr(-EINVAL) };
  root.call('epoll_ctl', [at, shots.plus(EPOLL_CTL_MOD), tfd, root.ints(event(plan, events, data))], how);
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
