// SPDX-License-Identifier: GPL-2.0-only
import { type Born, CreationError, type CreationTask } from './types.js';

/** A tree of processes with quick ways around in it. */
export class Family<T extends CreationTask> {
  readonly root: Born<T>;
  /** Tasks by pid; helpers are added as they turn out to be needed. */
  readonly byPid = new Map<number, Born<T>>();
  private readonly children = new Map<number, T[]>();

  /** `tasks`: parents before children, the root first. */
  constructor(readonly tasks: readonly T[]) {
    const [root] = tasks;
    if (!root) throw new CreationError(0, 'the tree has no tasks');
    if (root.zombie) throw new CreationError(root.pid, 'the root of the tree is a zombie');
    this.root = this.add(root.pid, root, undefined);
    for (const task of tasks.slice(1)) {
      const parent = this.byPid.get(task.ppid);
      if (!parent?.task) throw new CreationError(task.pid, `its parent, pid ${task.ppid}, is not in the tree`);
      if (parent.task.zombie) throw new CreationError(task.pid, `its parent, pid ${task.ppid}, is a zombie`);
      this.add(task.pid, task, parent);
      const siblings = this.children.get(task.ppid);
      if (siblings) siblings.push(task);
      else this.children.set(task.ppid, [task]);
    }
  }

  add(pid: number, task: T | undefined, parent: Born<T> | undefined): Born<T> {
    if (this.byPid.has(pid)) throw new CreationError(pid, 'the pid occurs twice');
    const born: Born<T> = {
      pid,
      task,
      parent,
      adopts: false,
      before: [],
      setsid: false,
      leads: false,
      after: [],
      joins: undefined,
      moves: undefined,
    };
    this.byPid.set(pid, born);
    return born;
  }

  childrenOf(pid: number): readonly T[] {
    return this.children.get(pid) ?? [];
  }

  /** Is `above` an ancestor of `born` (not the same)? */
  isAbove(above: Born<T>, born: Born<T>): boolean {
    for (let at = born.parent; at; at = at.parent) if (at === above) return true;
    return false;
  }

  depth(born: Born<T>): number {
    let depth = 0;
    for (let at = born.parent; at; at = at.parent) depth += 1;
    return depth;
  }
}
