// SPDX-License-Identifier: GPL-2.0-only
import { withUndo } from './as-stasis-error.js';
import { StasisError } from './stasis-error.js';

/** What was thrown; the reason of the caller's signal, which may be anything, as an error of kind `interrupted`. */
export function orInterrupted(thrown: unknown, signal: AbortSignal | undefined, operation: string, object: string): unknown {
  if (!signal?.aborted || thrown !== signal.reason || thrown instanceof StasisError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const error = new StasisError({ kind: 'interrupted', operation, object, cause: `interrupted: ${why}`, source: thrown });
  return withUndo(error, thrown);
}
