// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { lack } from '../harness/needs.js';
import type { Program } from './catalogue.js';

/** Why a program cannot run on this machine, as a phrase, or undefined; `feature` the program finds out by itself. */
export function lacking({ needs: { cpu = [], feature: _, ...rest } }: Program): string | undefined {
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(' '));
  const absent = cpu.filter((flag) => !flags.has(flag));
  return lack(rest) ?? (absent.length > 0 ? `needs the CPU's ${absent.join(', ')}` : undefined);
}
