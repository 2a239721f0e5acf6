// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync } from 'node:fs';
import { type ErrorKind, StasisError } from '../errors/index.js';

/** include/linux/sched.h */
const PF_KTHREAD = 0x0020_0000;
const INIT = 1;

/**
 * What can be told of a target by its number alone, before anything is stopped: that it is none, or one that nobody can
 * stop. `verb`: what was to be done, `dump`. @throws StasisError
 */
export function checkTarget(pid: number, verb: string): void {
  const target = lookAt(pid);
  // Whoever tries to stop it says that it is gone.
  if (!target) return;
  const refuse = (kind: ErrorKind, cause: string, hint?: string): StasisError =>
    new StasisError({ kind, operation: verb, object: `pid ${pid} (${target.comm})`, cause, hint, details: { pid } });
  const leader = leaderOf(pid);
  if (leader !== undefined && leader !== pid)
    throw refuse('gone', `it is a thread of pid ${leader}, not a process`, `name pid ${leader}`);
  if (target.state === 'Z' || target.state === 'X')
    throw threadsOf(pid) > 1
      ? refuse(
          'unsupported',
          'its main thread has ended while others run on',
          'a process without its thread group leader cannot be recreated',
        )
      : refuse('gone', 'it has ended already (zombie)');
  if (target.flags & PF_KTHREAD) throw refuse('unsupported', 'it is a thread of the kernel, not a program');
  if (pid === INIT)
    throw refuse(
      'unsupported',
      'it is the init of this PID namespace',
      `name one of its children, or ${verb} it from outside of the namespace`,
    );
  const own = ownChain();
  if (pid === process.pid) throw refuse('unsupported', 'it is this very process', `${verb} it from another process`);
  if (own.includes(pid))
    throw refuse(
      'unsupported',
      `this process (pid ${process.pid}) runs below it`,
      `${verb} it from elsewhere: another terminal, or setsid --fork`,
    );
}

/** Processes that this one runs below, and itself. */
function ownChain(): number[] {
  const chain: number[] = [];
  for (let at = process.pid; at > 0 && chain.length < 64; at = lookAt(at)?.ppid ?? 0) chain.push(at);
  return chain;
}

interface Looked {
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly flags: number;
}

/** proc_pid_stat(5): the name may hold anything, so fields are counted from behind it. */
function lookAt(pid: number): Looked | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    const [state = '', ppid, , , , , flags] = stat.slice(end + 2).split(' ');
    return { comm: stat.slice(stat.indexOf('(') + 1, end), state, ppid: Number(ppid), flags: Number(flags) };
  } catch {
    return undefined;
  }
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

function leaderOf(pid: number): number | undefined {
  try {
    return Number(/^Tgid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? pid);
  } catch {
    return undefined;
  }
}
