// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync, readlinkSync } from 'node:fs';
import type { Process } from './journal.js';

/** Undefined where it is gone. */
export function processOf(pid: number): Process | undefined {
  const start = fieldsOf(pid)?.[19];
  return start === undefined ? undefined : { pid, start };
}

/** A zombie does nothing any more. */
export function isAlive({ pid, start }: Process): boolean {
  const fields = fieldsOf(pid);
  return fields?.[19] === start && !/^[ZX]/.test(fields[0] ?? '');
}

export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** From the state, field 3 of proc_pid_stat(5), on: the name before it may hold anything. */
function fieldsOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
