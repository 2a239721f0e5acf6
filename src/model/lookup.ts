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
const NUMBERS = new Derived((_: Model) => new Map<FdTable, ReadonlyMap<number, number>>());
const TABLES = new Derived(({ tables }: Model) => {
  const holding = new Map<number, FdTable[]>();
  for (const table of tables) {
    for (const file of new Set(table.fds.map((one) => one.file))) {
      const known = holding.get(file);
      if (known) known.push(table);
      else holding.set(file, [table]);
    }
  }
  return holding;
});
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

/** The tables that hold a description, in their order. */
export function tablesOf(model: Model, file: number): readonly FdTable[] {
  return derived(model, TABLES).get(file) ?? [];
}

/** The description that a number of a table means. */
export function fileAt(model: Model, table: FdTable, fd: number): number | undefined {
  const known = derived(model, NUMBERS);
  let numbers = known.get(table);
  if (!numbers) {
    numbers = new Map(table.fds.map((one) => [one.fd, one.file]));
    known.set(table, numbers);
  }
  return numbers.get(fd);
}

export function hasDescriptor(model: Model, task: Task | undefined, fd: number): boolean {
  const table = task?.alive?.table;
  return table !== undefined && fileAt(model, table, fd) !== undefined;
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
