// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import type { CheckReport } from './types.js';

/** What this kernel offers and what each lack costs. Rejects with a StasisError. */
export async function check(): Promise<CheckReport> {
  throw new StasisError({ kind: 'internal', operation: 'check', object: 'this kernel', cause: 'not built yet' });
}
