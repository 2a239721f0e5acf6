// SPDX-License-Identifier: GPL-2.0-only

import { type Refusal, TtyEnd } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { MOST_UNREAD } from './numbers.js';
import { controlled, holders, masters, outside } from './sessions.js';

const ALONE =
  'start the program with its standard streams elsewhere (setsid program </dev/null >file 2>&1), or dump its terminal emulator with it';
const SHELL_JOB = 'with --shell-job the terminal of whoever restores it takes its place';

/** Terminals whose master is not in the tree: they belong to its user, and --shell-job says that this is meant so. */
export function* refuseTerminals(facts: Facts): Iterable<Refusal> {
  yield* withoutSession(facts);
  yield* overfull(facts);
  const inside = masters(facts);
  const names = outside(facts);
  if (facts.options.shellJob && names.length <= 1) return;
  const cause =
    names.length > 1
      ? `its master is outside of the tree, like those of ${names.length - 1} others`
      : 'its master is outside of the tree';
  const hint = names.length > 1 ? ALONE : SHELL_JOB;
  const open = new Set<number>();
  for (const { tty, pid, fd } of facts.survey.descriptions) {
    if (!tty || tty.end === TtyEnd.MASTER || tty.hungUp || inside.has(tty.index)) continue;
    open.add(tty.index);
    yield facts.refusal(pid, { fd, kind: `terminal /dev/pts/${tty.index}`, cause, hint });
  }
  for (const { task, index } of controlled(facts)) {
    if (inside.has(index) || open.has(index)) continue;
    yield facts.refusal(task.pid, { object: '', kind: `controlling terminal /dev/pts/${index}`, cause, hint });
  }
}

/** With more unread than a terminal takes that is as new as the restored one. */
function* overfull(facts: Facts): Iterable<Refusal> {
  for (const { tty, pid, fd } of facts.survey.descriptions) {
    const most = Math.max(tty?.input.length ?? 0, tty?.output.length ?? 0);
    if (!tty || most <= MOST_UNREAD) continue;
    const cause = `${most} bytes are unread in it, and a new one takes ${MOST_UNREAD}`;
    yield facts.refusal(pid, { fd, kind: `terminal /dev/pts/${tty.index}`, cause, hint: 'try again when some have been read' });
  }
}

/** /dev/tty was opened, and the terminal it led to is nobody's controlling terminal any more. */
function* withoutSession(facts: Facts): Iterable<Refusal> {
  const held = holders(facts);
  for (const { tty, pid, fd } of facts.survey.descriptions) {
    if (tty?.end !== TtyEnd.CURRENT || (!tty.hungUp && held.get(tty.index)?.session)) continue;
    const cause = 'the session by which it was opened has no terminal any more';
    yield facts.refusal(pid, { fd, kind: 'terminal /dev/tty', cause, hint: 'let the program close it first' });
  }
}
