// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { native } from '../native/index.js';
import type { RestoredTree } from '../restore/types.js';

/** Signals that nobody sends to stop or to end a restore: they are kept for the tree until it runs. */
const KEPT = ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGURG', 'SIGIO', 'SIGPWR', 'SIGVTALRM', 'SIGPROF'] as const;
/** Whatever somebody may send to say something to the tree. */
const FORWARDED = [
  ...KEPT,
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGTSTP', 'SIGCONT', 'SIGWINCH', 'SIGTTIN', 'SIGTTOU'] as const),
];
/** A terminal sends these to the whole foreground group: if the tree is in ours, it has got them already. */
const FROM_TERMINAL = new Set<string>(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH']);

/**
 * Listens before there is a tree: it may run, and be talked to through us, before anybody follows it. (To Node's own mind
 * SIGUSR1 calls the debugger.) Returns what has come so far, in order.
 */
export function keepSignals(): () => readonly NodeJS.Signals[] {
  const kept: NodeJS.Signals[] = [];
  const keep = (name: NodeJS.Signals): void => void kept.push(name);
  for (const name of KEPT) process.on(name, keep);
  return () => {
    for (const name of KEPT) process.off(name, keep);
    return kept;
  };
}

/**
 * Waits for the restored tree as if this process were its root: forwards signals, stops and goes on with it, and ends
 * as it does, by the same signal if by one. `missed`: signals that came before there was anybody to forward them to.
 */
export async function followTree(pid: number, tree: RestoredTree, missed: () => readonly NodeJS.Signals[]): Promise<never> {
  // Word of one stop comes more than once, and late: a second look at it, after SIGCONT for us but before we have passed
  // that on, must not stop us again.
  let followed = false;
  const forward = (name: NodeJS.Signals): void => {
    if (FROM_TERMINAL.has(name) && placeOf(pid)?.group === placeOf('self')?.group) return;
    if (name === 'SIGCONT') takeAlong(pid);
    tree.kill(name);
    if (name === 'SIGCONT') followed = false;
  };
  for (const name of FORWARDED) process.on(name, forward);
  // By this a shell is told that its job has stopped. SIGSTOP, as SIGTSTP is listened to.
  const stopAlong = (): void => {
    const stopped = placeOf(pid)?.state === 'T';
    const anew = stopped && !followed;
    followed = stopped;
    if (anew) process.kill(process.pid, 'SIGSTOP');
  };
  // Sent for stops, too; but for none of a tree that comes back stopped, which is told of once the figures are.
  process.on('SIGCHLD', stopAlong);
  setImmediate(stopAlong);
  for (const name of missed()) forward(name);
  const { code, signal } = await tree.wait();
  for (const name of FORWARDED) process.off(name, forward);
  if (signal !== null) dieBy(signal);
  process.exit(code ?? 128 + (signal ?? 0));
}

/** Dying of the same signal is what lets a shell or a supervisor see how the tree ended. */
function dieBy(signal: number): void {
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] as NodeJS.Signals | undefined;
  native().forgoCore();
  if (name !== undefined && name !== 'SIGKILL') {
    // Node.js ignores or handles some from its start; the default action comes back with the last listener's leave.
    process.on(name, () => undefined);
    process.removeAllListeners(name);
  }
  process.kill(process.pid, signal);
}

/** Brought to the foreground, we hand the terminal on to the tree's own group before it goes on and reads from it. */
function takeAlong(pid: number): void {
  const [tree, own] = [placeOf(pid), placeOf('self')];
  if (tree && own && tree.session === own.session && tree.group !== own.group) native().passTerminal(tree.group);
}

interface Place {
  readonly state: string;
  readonly group: number;
  readonly session: number;
}

/** Fields 3, 5 and 6 of proc_pid_stat(5), behind a name that may hold anything; undefined for who is gone. */
function placeOf(pid: number | 'self'): Place | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', , group, session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group), session: Number(session) };
  } catch {
    return undefined;
  }
}
