// SPDX-License-Identifier: GPL-2.0-only
import type { Family } from './family.js';
import { type Born, CreationError, type CreationTask } from './types.js';

/**
 * Decides who makes whom, so that each process is in its session.
 *
 * A session is inherited or made by setsid(); nobody can enter one. A child is therefore made by its parent before
 * or after the parent's setsid(), or, where neither is its session, by somebody who is in it: as a sibling
 * (CLONE_PARENT) or through an orphanage (PR_SET_CHILD_SUBREAPER). A dead session leader is played by a helper.
 *
 * `everyLeader`: a leader with a child in a dead session was itself born there (true unless it is a subreaper).
 */
export function placeInSessions<T extends CreationTask>(family: Family<T>, shellJob: boolean, everyLeader: boolean): Born<T> {
  const foreign = new Map<number, T[]>();
  const births = new Births(family, everyLeader);
  const root = family.root.task as T;
  let first = family.root;
  if (root.sid === root.pid) first.setsid = true;
  else if (!shellJob) {
    first = family.add(root.sid, undefined, undefined);
    first.setsid = true;
    first.after.push({ how: 'sibling', born: family.root });
  }
  for (const task of family.tasks.slice(1)) {
    const parent = family.byPid.get(task.ppid) as Born<T>;
    const born = family.byPid.get(task.pid) as Born<T>;
    if (task.sid === task.pid) born.setsid = true;
    const session = births.of(task);
    if (session === undefined || session === parent.task?.sid) parent.after.push({ how: 'child', born });
    else if (session === births.of(parent.task as T)) parent.before.push({ how: 'child', born });
    else append(foreign, session, task);
  }
  for (const [session, tasks] of foreign) fromElsewhere(family, session, tasks);
  return first;
}

/** The session each task is born in. */
class Births<T extends CreationTask> {
  private readonly known = new Map<number, number | undefined>();

  constructor(
    private readonly family: Family<T>,
    private readonly everyLeader: boolean,
  ) {
    // Children before their parents: each asks for its children's, and a chain of thousands would be as many calls deep.
    for (const task of [...family.tasks].reverse()) this.of(task);
  }

  /** undefined: a session leader for whom any will do. */
  of(task: T): number | undefined {
    if (task.sid !== task.pid) return task.sid;
    if (!this.known.has(task.pid)) this.known.set(task.pid, this.wish(task));
    return this.known.get(task.pid);
  }

  /**
   * A leader's children that are not in its session were most likely made before its setsid(), unless theirs was
   * made further down and they came to it as orphans. The root comes from outside: no choice there.
   */
  private wish(task: T): number | undefined {
    const self = this.family.byPid.get(task.pid) as Born<T>;
    if (self === this.family.root) return undefined;
    for (const child of this.family.childrenOf(task.pid)) {
      const session = this.of(child);
      if (session === undefined || session === task.pid) continue;
      const leader = this.family.byPid.get(session);
      if (leader ? !this.family.isAbove(self, leader) : this.everyLeader || this.hasAncestorIn(self, session)) return session;
    }
    return undefined;
  }

  private hasAncestorIn(self: Born<T>, session: number): boolean {
    for (let at = self.parent; at; at = at.parent) if (at.task?.sid === session) return true;
    return false;
  }
}

/** Tasks whose session is neither that of their parent nor the one their parent was born in. */
function fromElsewhere<T extends CreationTask>(family: Family<T>, session: number, tasks: readonly T[]): void {
  const leader = family.byPid.get(session) ?? standIn(family, session, tasks);
  const theirs = new Set(tasks.map(({ pid }) => pid));
  const members = family.tasks.filter((task) => task.sid === session).map((task) => family.byPid.get(task.pid) as Born<T>);
  const makers = [leader, ...members];
  for (const task of tasks) {
    const born = family.byPid.get(task.pid) as Born<T>;
    const parent = born.parent as Born<T>;
    const may = (maker: Born<T>): boolean =>
      maker !== born && (maker === leader || !theirs.has(maker.pid)) && !family.isAbove(born, maker);
    const sibling = makers.find((maker) => maker.parent === parent && may(maker));
    const below = sibling ? undefined : makers.find((maker) => family.isAbove(parent, maker) && may(maker));
    if (sibling) sibling.after.push({ how: 'sibling', born });
    else if (below) {
      parent.adopts = true;
      below.after.push({ how: 'orphan', born });
    } else throw new CreationError(task.pid, `session ${session} has no member from which pid ${task.pid} could descend`);
  }
}

function standIn<T extends CreationTask>(family: Family<T>, session: number, tasks: readonly T[]): Born<T> {
  const parents = tasks.map((task) => family.byPid.get(task.ppid) as Born<T>);
  const deepest = parents.reduce((best, one) => (family.depth(one) > family.depth(best) ? one : best));
  const helper = family.add(session, undefined, deepest);
  helper.setsid = true;
  deepest.after.push({ how: 'child', born: helper });
  return helper;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
