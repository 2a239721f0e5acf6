// SPDX-License-Identifier: GPL-2.0-only
import type { DumpOptions } from './types.js';

/** One that runs on changes what it holds: what is found out about it would not stay true. */
export function looksFirst({ after = 'kill', lookFirst = after !== 'run' }: DumpOptions): boolean {
  return lookFirst;
}
