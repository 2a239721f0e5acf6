// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../images/generated/messages.js';
import { Derived, derived } from '../memo.js';
import type { FdTable, Model, Task } from './types.js';

// Ways around in a tree that has thousands of anything: each is made when it is first gone, and once.

const HOLDERS = new Derived(({ tables }: Model) => {
  const holders = new Map<number, { readonly fd: number; readonly pid: number }>();
  for (const { owner, fds } of tables)
    for (const { fd, file } of fds) if (!holders.has(file)) holders.set(file, { fd, pid: owner.pid });
  return holders;
});
const NUMBERS = new Derived((_: Model) => new Map<FdTable, Set<number>>());
/** Process groups, and whether any task of them is no zombie. */
const GROUPS = new Derived(({ tasks }: Model) => {
  const groups = new Map<number, boolean>();
  for (const { pgid, zombie } of tasks) groups.set(pgid, !zombie || (groups.get(pgid) ?? false));
  return groups;
});
const TIDS = new Derived(({ tasks }: Model) => new Set(tasks.flatMap(({ threads }) => threads.map(({ tid }) => tid))));
const TERMINALS = new Derived(({ files }: Model) => grouped(files.values(), ({ tty }) => tty?.tty_info_id));
const PORTS = new Derived(({ files }: Model) => grouped(files.values(), ({ isk }) => isk && `${isk.type} ${isk.src_port}`));

/** The first descriptor that a description of files.img is held by. */
export function holderOf(model: Model, file: number): { readonly fd: number; readonly pid: number } | undefined {
  return derived(model, HOLDERS).get(file);
}

export function hasDescriptor(model: Model, task: Task | undefined, fd: number): boolean {
  const table = task?.alive?.table;
  if (!table) return false;
  const known = derived(model, NUMBERS);
  let numbers = known.get(table);
  if (!numbers) {
    numbers = new Set(table.fds.map((one) => one.fd));
    known.set(table, numbers);
  }
  return numbers.has(fd);
}

/** Whether any task, zombies included, is in the process group. */
export function hasGroup(model: Model, pgid: number): boolean {
  return derived(model, GROUPS).has(pgid);
}

/** The same without zombies. */
export function hasLiveGroup(model: Model, pgid: number): boolean {
  return derived(model, GROUPS).get(pgid) ?? false;
}

export function hasThread(model: Model, tid: number): boolean {
  return derived(model, TIDS).has(tid);
}

/** Descriptions of a terminal of tty-info.img. */
export function ofTerminal(model: Model, info: number): readonly FileEntry[] {
  return derived(model, TERMINALS).get(info) ?? [];
}

/** Internet sockets of this type, of either family, that are bound to the port. */
export function atPort(model: Model, type: number, port: number): readonly FileEntry[] {
  return derived(model, PORTS).get(`${type} ${port}`) ?? [];
}

function grouped<K, V>(values: Iterable<V>, key: (value: V) => K | undefined): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) {
    const of = key(value);
    if (of === undefined) continue;
    const group = groups.get(of);
    if (group) group.push(value);
    else groups.set(of, [value]);
  }
  return groups;
}
