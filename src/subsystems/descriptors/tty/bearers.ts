// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

export interface Bearer {
  readonly pid: number;
  /** `412 (screen)` */
  readonly name: string;
}

/**
 * Who has pseudo-terminals open, by number; the first of each that is found. Other mounts of devpts have terminals of the same
 * numbers: only slaves of ours count, and masters, of which that cannot be told, where `masters` says so.
 */
export function bearersOf(
  numbers: ReadonlySet<number>,
  { except, masters }: { readonly except: ReadonlySet<number>; readonly masters: boolean },
): ReadonlyMap<number, Bearer> {
  const found = new Map<number, Bearer>();
  const devpts = statSync('/dev/pts').dev;
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!(pid > 0) || except.has(pid)) continue;
    for (const number of openIn(pid, devpts, masters))
      if (numbers.has(number) && !found.has(number)) found.set(number, { pid, name: `${pid} (${nameOf(pid)})` });
  }
  return found;
}

/** Of a process that cannot be looked into there are none. */
function* openIn(pid: number, devpts: number, masters: boolean): Generator<number> {
  for (const fd of attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
    const path = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '';
    const slave = /\/pts\/(\d+)$/.exec(path)?.[1];
    if (slave !== undefined) {
      if (attempt(() => statSync(`/proc/${pid}/fd/${fd}`).dev) === devpts) yield Number(slave);
    } else if (masters && path.endsWith('/ptmx')) {
      const index = /^tty-index:\s*(\d+)$/m.exec(attempt(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')) ?? '')?.[1];
      if (index !== undefined) yield Number(index);
    }
  }
}

function nameOf(pid: number): string {
  return attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()) ?? '?';
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
