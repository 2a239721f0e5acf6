// SPDX-License-Identifier: GPL-2.0-only
import { Family } from './family.js';
import { formGroups, type OutsideGroup } from './groups.js';
import { placeInSessions } from './sessions.js';
import { type Born, type Creation, CreationError, type CreationTask } from './types.js';

export { type Born, type Creation, CreationError, type CreationTask, type Making } from './types.js';

export interface CreationOptions {
  /** The root's session and group are the caller's, if they are not its own. */
  readonly shellJob: boolean;
  /** Process group of the caller, which shell jobs are put into. */
  readonly callerGroup: number;
  /** The tree has a PID namespace of its own: a session or group that is none of it has the number 0. */
  readonly ownPids: boolean;
}

/**
 * The order in which a tree of processes is made, such that parents, sessions and process groups come out right
 * (setsid(2), setpgid(2), clone(2)). Pure. Throws a CreationError for trees that cannot be made.
 */
export function planCreation<T extends CreationTask>(tasks: readonly T[], options: CreationOptions): Creation<T> {
  try {
    return attempt(tasks, options, true);
  } catch (error) {
    if (!(error instanceof CreationError)) throw error;
  }
  return attempt(tasks, options, false);
}

function attempt<T extends CreationTask>(tasks: readonly T[], options: CreationOptions, everyLeader: boolean): Creation<T> {
  const family = new Family(tasks);
  const root = family.root.task as T;
  if (options.ownPids && root.sid === 0 && !options.shellJob)
    throw new CreationError(root.pid, 'its session is outside of its PID namespace, and it is no shell job');
  const first = placeInSessions(family, options.shellJob, everyLeader);
  formGroups(family, outsideGroup(root, options));
  const all = inOrder(first);
  checkComplete(family, all);
  for (const born of all) checkOrphans(born);
  return { first, all, byPid: family.byPid };
}

/** The group that some tasks are in and that is none of the tree's; `instead`: what they join for it. */
function outsideGroup(root: CreationTask, { shellJob, ownPids, callerGroup }: CreationOptions): OutsideGroup | undefined {
  if (ownPids) return { pgid: 0, instead: undefined };
  return shellJob && root.sid !== root.pid && root.pgid !== root.pid ? { pgid: root.pgid, instead: callerGroup } : undefined;
}

/** Makers before what they make. */
function inOrder<T>(first: Born<T>): Born<T>[] {
  const all = [first];
  for (let at = 0; at < all.length; at++) {
    const born = all[at] as Born<T>;
    for (const { born: next } of [...born.before, ...born.after]) all.push(next);
  }
  return all;
}

function checkComplete<T extends CreationTask>(family: Family<T>, all: readonly Born<T>[]): void {
  if (all.length === family.byPid.size) return;
  const made = new Set(all);
  for (const born of family.byPid.values()) {
    if (!made.has(born)) throw new CreationError(born.pid, `pid ${born.pid} could only be made by its own descendants`);
  }
}

/** An orphan goes to the nearest adopter: that has to be the right one. */
function checkOrphans<T>(maker: Born<T>): void {
  for (const { how, born } of maker.after) {
    if (how !== 'orphan') continue;
    for (let at: Born<T> | undefined = maker; at && at !== born.parent; at = at.parent) {
      if (at.adopts)
        throw new CreationError(born.pid, `pid ${born.pid} would be adopted by pid ${at.pid} instead of pid ${born.parent?.pid}`);
    }
  }
}
