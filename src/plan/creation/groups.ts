// SPDX-License-Identifier: GPL-2.0-only
import type { Family } from './family.js';
import { type Born, CreationError, type CreationTask } from './types.js';

export interface OutsideGroup {
  readonly pgid: number;
  /** Undefined: the one that the root is born in, which nobody can go to by a number. */
  readonly instead: number | undefined;
}

/**
 * Decides who leads and who joins which process group. A group exists while it has a member, whoever led it, so a
 * dead leader is played by a helper until all have joined.
 *
 * `outside`: the group that stands for one outside of the tree, when the root's is such and the job belongs to a shell.
 */
export function formGroups<T extends CreationTask>(family: Family<T>, outside: OutsideGroup | undefined): void {
  const stayers: Born<T>[] = [];
  for (const task of family.tasks) {
    const born = family.byPid.get(task.pid) as Born<T>;
    if (task.pgid === task.pid) born.leads = !born.setsid;
    else if (task.pgid === outside?.pgid && !family.byPid.has(task.pgid)) {
      born.joins = outside.instead;
      if (outside.instead === undefined) stayers.push(born);
    } else {
      const leader = family.byPid.get(task.pgid) ?? standIn(family, task.pgid, born);
      if (!leader.setsid) leader.leads = true;
      born.joins = task.pgid;
    }
  }
  for (const born of stayers) checkStays(born);
  for (const born of family.byPid.values()) {
    if (!born.leads || born.joins === undefined) continue;
    born.moves = born.joins;
    born.joins = undefined;
  }
}

/** It is in the group that the root was born in as long as nobody above it has made one of its own before. */
function checkStays<T extends CreationTask>(born: Born<T>): void {
  for (let child = born, maker = born.parent; maker; child = maker, maker = maker.parent) {
    const before = maker.before.some((making) => making.born === child);
    if ((maker.leads || maker.setsid) && !before)
      throw new CreationError(born.pid, `its process group is outside of its PID namespace, and that of pid ${maker.pid} is not`);
  }
}

function standIn<T extends CreationTask>(family: Family<T>, pgid: number, member: Born<T>): Born<T> {
  const helper = family.add(pgid, undefined, member);
  member.after.push({ how: 'child', born: helper });
  return helper;
}
