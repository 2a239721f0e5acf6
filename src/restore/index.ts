// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import type { PlanOptions, RestoreOptions, RestorePlan, RestoreReport } from './types.js';

/** Brings back the tree that `options.imagesDir` holds, wholly or not at all. Rejects with a StasisError. */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  throw new StasisError({ kind: 'internal', operation: 'restore', object: options.imagesDir, cause: 'not built yet' });
}

/** The programs that a restore would run; touches nothing. Rejects with a StasisError. */
export async function plan(options: PlanOptions): Promise<RestorePlan> {
  throw new StasisError({ kind: 'internal', operation: 'plan', object: options.imagesDir, cause: 'not built yet' });
}
