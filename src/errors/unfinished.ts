// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from './stasis-error.js';

/** What the native side says where it has nothing better: an error that nobody foresaw. */
const NOWHERE = 'go on';

/**
 * A step of a dump or restore that failed for a reason without a kind of its own (an I/O error, a thread that cannot be
 * stopped) is no defect, and what has become of the tree is known: the work of this kind could not be finished.
 */
export function unfinished(error: StasisError, kind: 'dump' | 'restore'): StasisError {
  const { operation, object, cause, hint, details, source } = error;
  const { stage, defect } = details;
  if (error.kind !== 'internal' || stage === undefined || stage === NOWHERE || defect) return error;
  return new StasisError({ kind, operation, object, cause, hint, details, source });
}
