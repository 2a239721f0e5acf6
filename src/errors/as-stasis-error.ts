// SPDX-License-Identifier: GPL-2.0-only
import { fromImage } from './from-image.js';
import { fromNative } from './from-native.js';
import { StasisError } from './stasis-error.js';

/** Whatever was thrown, as the one error class that leaves this library. */
export function asStasisError(thrown: unknown): StasisError {
  return withUndo(fromImage(thrown) ?? fromNative(thrown), thrown);
}

/** What could not be taken back after the failure (src/stages/run.ts) is told with it. */
export function withUndo(error: StasisError, thrown: unknown): StasisError {
  const { undoError } = thrown instanceof Error ? (thrown as { undoError?: unknown }) : {};
  if (undoError === undefined) return error;
  const { kind, operation, object, cause, details, source } = error;
  const left = `what was begun could not all be taken back: ${fromNative(undoError).message}`;
  return new StasisError({ kind, operation, object, cause, hint: error.hint ? `${error.hint}; ${left}` : left, details, source });
}
