// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import type { DumpOptions, DumpReport } from './types.js';

/** Checkpoints the tree under `options.pid` into `options.imagesDir`. Rejects with a StasisError. */
export async function dump(options: DumpOptions): Promise<DumpReport> {
  throw new StasisError({ kind: 'internal', operation: 'dump', object: `pid ${options.pid}`, cause: 'not built yet' });
}
