// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../images/generated/messages.js';
import type { FdTable, Model, Task } from './types.js';

/** Ways around in a tree that has thousands of anything: each is made when it is first gone, and once. */
export class Lookup {
  private holders: Map<number, { readonly fd: number; readonly pid: number }> | undefined;
  private groups: Map<number, boolean> | undefined;
  private tids: Set<number> | undefined;
  private terminals: Map<number, FileEntry[]> | undefined;
  private ports: Map<string, FileEntry[]> | undefined;
  private readonly numbers = new Map<FdTable, Set<number>>();

  constructor(private readonly model: Pick<Model, 'tasks' | 'files' | 'tables'>) {}

  /** The first descriptor that a description of files.img is held by. */
  holderOf(file: number): { readonly fd: number; readonly pid: number } | undefined {
    if (!this.holders) {
      this.holders = new Map();
      for (const { owner, fds } of this.model.tables)
        for (const { fd, file } of fds) if (!this.holders.has(file)) this.holders.set(file, { fd, pid: owner.pid });
    }
    return this.holders.get(file);
  }

  hasDescriptor(task: Task | undefined, fd: number): boolean {
    const table = task?.alive?.table;
    if (!table) return false;
    let numbers = this.numbers.get(table);
    if (!numbers) {
      numbers = new Set(table.fds.map((one) => one.fd));
      this.numbers.set(table, numbers);
    }
    return numbers.has(fd);
  }

  /** Whether any task, zombies included, is in the process group. */
  hasGroup(pgid: number): boolean {
    return this.groupsOf().has(pgid);
  }

  /** The same without zombies. */
  hasLiveGroup(pgid: number): boolean {
    return this.groupsOf().get(pgid) ?? false;
  }

  hasThread(tid: number): boolean {
    this.tids ??= new Set(this.model.tasks.flatMap(({ threads }) => threads.map((thread) => thread.tid)));
    return this.tids.has(tid);
  }

  /** Descriptions of a terminal of tty-info.img. */
  ofTerminal(info: number): readonly FileEntry[] {
    this.terminals ??= grouped(this.model.files.values(), ({ tty }) => tty?.tty_info_id);
    return this.terminals.get(info) ?? [];
  }

  /** Internet sockets of this type, of either family, that are bound to the port. */
  atPort(type: number, port: number): readonly FileEntry[] {
    this.ports ??= grouped(this.model.files.values(), ({ isk }) => isk && `${isk.type} ${isk.src_port}`);
    return this.ports.get(`${type} ${port}`) ?? [];
  }

  private groupsOf(): Map<number, boolean> {
    if (!this.groups) {
      this.groups = new Map();
      for (const { pgid, zombie } of this.model.tasks) this.groups.set(pgid, !zombie || (this.groups.get(pgid) ?? false));
    }
    return this.groups;
  }
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
