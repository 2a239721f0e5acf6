// SPDX-License-Identifier: GPL-2.0-only

import type { Description, Task } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { FdTypes } from '../../../images/generated/enums.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { fown } from '../tables/fown.js';

/** pidfd_open(2): the process by its pid. Only of a task that exists can there be one, so who holds it first opens it anew, for all. */
export const pidfdDump: DumpSubsystem = {
  name: 'pidfd',
  *refuse(facts) {
    let users: Users | undefined;
    for (const description of facts.survey.descriptions) {
      if (description.kind !== 'pidfd') continue;
      users ??= usersOf(facts);
      const { id, pid, fd } = description;
      const reason = whyNot(facts, users, id, description.pidfd.pid);
      if (!reason) continue;
      const [kind, cause, hint] = reason;
      yield facts.refusal(pid, { fd, kind, cause, hint });
    }
  },
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      if (description.kind !== 'pidfd') continue;
      const { id, flags, file } = description;
      // CRIU's field for the inode has 32 bits.
      const ino = Number(BigInt(file?.ino ?? 0) & 0xffff_ffffn);
      const pidfd = { id, ino, flags, nspid: description.pidfd.pid, fown: fown(description) };
      images.add('FILES', { type: FdTypes.PIDFD, id, pidfd });
    }
  },
};

interface Users {
  /** Which tasks' descriptor tables have a description. */
  readonly tables: ReadonlyMap<number, ReadonlySet<Task>>;
  /** Descriptions that somebody else watches or sends, which the root would have to make before any other task exists. */
  readonly elsewhere: ReadonlySet<number>;
}

function usersOf({ living, survey }: Facts): Users {
  const tables = new Map<number, Set<Task>>();
  for (const task of living) {
    if (task.filesSharedWith) continue;
    for (const { description } of task.fds) {
      const known = tables.get(description);
      if (known) known.add(task);
      else tables.set(description, new Set([task]));
    }
  }
  const numbers = new Map<Task, ReadonlyMap<number, number>>();
  const meaning = (task: Task): ReadonlyMap<number, number> => {
    const known = numbers.get(task) ?? new Map(task.fds.map(({ fd, description }) => [fd, description]));
    numbers.set(task, known);
    return known;
  };
  const elsewhere = survey.descriptions.flatMap((one) => [...watchedElsewhere(one, tables.get(one.id), meaning), ...sent(one)]);
  return { tables, elsewhere: new Set(elsewhere) };
}

/** What an epoll watches, but for what the first task that has it holds at that very number: it can add that itself. */
function watchedElsewhere(
  { epoll }: Description,
  holders: ReadonlySet<Task> | undefined,
  meaning: (task: Task) => ReadonlyMap<number, number>,
): number[] {
  if (!epoll) return [];
  const [holder] = holders ?? [];
  const numbers = holder && meaning(holder);
  return epoll.targets.filter(({ fd, description }) => numbers?.get(fd) !== description).map(({ description }) => description);
}

function sent({ unix }: Description): number[] {
  return unix?.queue.flatMap(({ descriptions }) => descriptions) ?? [];
}

function whyNot(facts: Facts, { tables, elsewhere }: Users, id: number, pid: number): [string, string, string] | undefined {
  const close = 'let the program close it first';
  if (pid < 0) return ['pidfd of a process that has ended', 'nothing tells any more which process it was', close];
  if (pid === 0) return ['pidfd of a process out of sight', 'its process is in another PID namespace', close];
  if (!facts.task(pid)) {
    const ofThread = facts.living.some(({ threads }) => threads.some(({ tid }) => tid === pid));
    return ofThread
      ? ['pidfd of a thread', `thread ${pid} comes back after the descriptors do`, close]
      : [
          'pidfd of a process outside the tree',
          `process ${pid} is not dumped with it`,
          'dump a common ancestor, or let the program close it first',
        ];
  }
  if (!tables.has(id) || elsewhere.has(id)) {
    const cause = 'a message or an epoll elsewhere holds it, too, which come back before all processes are there, and it cannot';
    return ['shared pidfd', cause, close];
  }
  return undefined;
}
