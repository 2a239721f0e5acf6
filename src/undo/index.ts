// SPDX-License-Identifier: GPL-2.0-only
import { asStasisError } from '../errors/as-stasis-error.js';
import { nativeApi } from '../native/api.js';
import { clearDead } from './dead.js';
import type { CleanupOptions, CleanupReport } from './types.js';

/** Takes back what dumps and restores that were killed have left, as each dump and restore does first. Rejects with a StasisError. */
export async function cleanup(options: CleanupOptions = {}): Promise<CleanupReport> {
  try {
    return await clearDead(nativeApi(), options);
  } catch (error) {
    throw asStasisError(error);
  }
}
