// SPDX-License-Identifier: GPL-2.0-only
import { asStasisError } from '../errors/as-stasis-error.js';
import { native } from '../native/index.js';
import type { CheckReport } from './types.js';

/** What this kernel offers and what each lack costs; each feature is tried. Rejects with a StasisError. */
export async function check(): Promise<CheckReport> {
  try {
    return JSON.parse(native().features()) as CheckReport;
  } catch (error) {
    throw asStasisError(error);
  }
}
