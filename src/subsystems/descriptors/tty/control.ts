// SPDX-License-Identifier: GPL-2.0-only

import { AT_FDCWD, O_CLOEXEC, O_NOCTTY, O_RDWR } from '../../../linux/fcntl.js';
import { CLONE_FILES, SIGCHLD, WALL } from '../../../linux/process.js';
import { hasLiveGroup } from '../../../model/lookup.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';
import { openCallers } from './caller.js';
import { type Pair, terminalsOf } from './model.js';
import { TIOCSCTTY, TIOCSPGRP } from './numbers.js';
import { describePair, slavePath } from './pairs.js';

/** TIOCSCTTY takes a terminal away from another session with this argument. */
const STEAL = 1;

/** Pool number of a slave by which sessions are given their terminal. */
function controlNumber(plan: TreePlan, pair: Pair): number {
  return plan.pool.number(`tty-control:${pair.index}`);
}

export function openControl(plan: TreePlan, pair: Pair): void {
  const { root, pool } = plan;
  const at = controlNumber(plan, pair);
  if (pair.kind === 'outside') {
    openCallers(plan, pair, O_RDWR, at);
    return;
  }
  const what = describePair(pair);
  const made = root.call('openat', [AT_FDCWD, root.path(slavePath(pair)), O_RDWR | O_NOCTTY | O_CLOEXEC, 0], {
    why: `${what}: open`,
    save: true,
  });
  pool.place(root, made, at, what);
}

/**
 * A new session takes its terminal before its leader has any children: they inherit it then, and could not get it
 * later. A session of the caller's has it already.
 */
export function takeTerminal({ tree, task, strand }: TaskPlan): void {
  const pair = terminalOf(tree, task.pid);
  if (!pair) return;
  const steal = pair.kind === 'outside' ? STEAL : 0;
  strand.call('ioctl', [controlNumber(tree, pair), TIOCSCTTY, steal], {
    why: `session ${task.pid}: controlling terminal ${slavePath(pair)}`,
  });
}

/** All groups exist: one of them is in the foreground. */
export function setForeground({ tree, task, strand }: TaskPlan): void {
  const { model } = tree;
  const pair = terminalOf(tree, task.sid);
  const leads = task.sid === task.pid || (task === model.root && pair?.kind === 'outside');
  if (!pair || !leads || !pair.foreground) return;
  const what = `${slavePath(pair)}: process group ${pair.foreground}`;
  if (hasLiveGroup(model, pair.foreground)) {
    if (borrowed(tree, pair.foreground)) return;
    strand.call('ioctl', [controlNumber(tree, pair), TIOCSPGRP, strand.ints([pair.foreground])], {
      why: `${what} in the foreground`,
    });
  } else if (task.sid === task.pid) tree.warn(`${what}, which was in the foreground, no longer exists`);
}

/** The group is the caller's: it was outside of the tree. */
function borrowed({ model, shellJob }: TreePlan, group: number): boolean {
  return shellJob && model.root.pgid === group && !model.byPid.has(group);
}

/**
 * /dev/tty leads to the terminal of whoever opens it, so a process that leads a session with it opens it here, and
 * ends. The description stays in the table, which it shares.
 */
export function openCurrent(plan: TreePlan, pair: Pair, flags: number, at: number): void {
  const { root, pool, arena, model } = plan;
  const why = `/dev/tty of session ${pair.session}: open`;
  const open = (strand: typeof root): void => {
    const made = strand.call('openat', [AT_FDCWD, strand.path('/dev/tty'), flags | O_NOCTTY | O_CLOEXEC, 0], { why, save: true });
    pool.place(strand, made, at, why);
  };
  if (pair.kind === 'outside' && model.root.sid !== model.root.pid) {
    open(root);
    return;
  }
  const opener = arena.strand(0, 'opener of /dev/tty');
  const made = root.process(opener, { why, flags: CLONE_FILES, exitSignal: SIGCHLD, save: true });
  opener.call('setsid', [], { why });
  opener.call('ioctl', [controlNumber(plan, pair), TIOCSCTTY, pair.kind === 'outside' ? STEAL : 0], { why });
  open(opener);
  opener.exit(0, 0, why);
  root.call('wait4', [made, 0, WALL, 0], { why });
}

function terminalOf({ model }: TreePlan, session: number): Pair | undefined {
  return terminalsOf(model).bySession.get(session);
}
