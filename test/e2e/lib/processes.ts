// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 5;

/** Pids of all processes at and below `pid`, parents first, zombies too. */
export function processesBelow(pid: number): number[] {
  if (!existsSync(`/proc/${pid}`)) return [];
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? Number(statFields(name)[1]) : Number.NaN;
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return found;
}

/** Ids of all threads of these processes. */
export function threadsOf(pids: readonly number[]): number[] {
  return pids.flatMap((pid) => attempt(() => readdirSync(`/proc/${pid}/task`).map(Number)) ?? []);
}

/** The first of these ids that still is a task after `seconds`, in words, or undefined. Zombies count: they hold a pid. */
export async function anyLeft(ids: readonly number[], seconds = 30): Promise<string | undefined> {
  for (let waited = 0; ; waited += LOOK_MS) {
    const left = ids.find((id) => existsSync(`/proc/${id}`));
    if (left === undefined) return undefined;
    if (waited >= seconds * 1000) return describe(left);
    await sleep(LOOK_MS);
  }
}

function describe(pid: number): string {
  const what = ['Name', 'State', 'PPid', 'TracerPid'].map((line) => `${line} ${statusOf(pid, line)}`);
  return `${pid} is still there: ${what.join(', ')}`;
}

/** Ends a tree at once and waits until no pid of it is held. */
export async function killTree(pid: number): Promise<void> {
  const pids = processesBelow(pid);
  for (const each of pids) attempt(() => process.kill(each, 'SIGKILL'));
  await anyLeft(pids);
}

/** A line of /proc/PID/status, or undefined where there is no such task. */
export function statusOf(pid: number, line: string): string | undefined {
  const text = attempt(() => readFileSync(`/proc/${pid}/status`, 'latin1'));
  return text && new RegExp(`^${line}:\\s*(.*)$`, 'm').exec(text)?.[1];
}

/** Whether a process of that name below `pid` is of the foreground process group of its terminal (tpgid, proc_pid_stat(5)). */
export function inForeground(pid: number, comm: string): boolean {
  return processesBelow(pid).some((each) => {
    const fields = statFields(each);
    return statusOf(each, 'Name') === comm && fields[2] === fields[5];
  });
}

/** Waits until `look` gives something. @throws Error after `seconds`, with `what` */
export async function until<T>(what: string, look: () => T | undefined | false, seconds = 20): Promise<T> {
  for (let waited = 0; waited < seconds * 1000; waited += LOOK_MS) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await sleep(LOOK_MS);
  }
  throw new Error(`waited ${seconds} s in vain: ${what}`);
}

/** The fields of /proc/PID/stat from the state on. */
function statFields(pid: number | string): string[] {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? '';
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

export function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
