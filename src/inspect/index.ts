// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import type { InspectReport } from './types.js';

/** The tree under `pid`, its memory and descriptors, and what a dump would refuse. Rejects with a StasisError. */
export async function inspect(pid: number): Promise<InspectReport> {
  throw new StasisError({ kind: 'internal', operation: 'inspect', object: `pid ${pid}`, cause: 'not built yet' });
}
