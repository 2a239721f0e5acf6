// SPDX-License-Identifier: GPL-2.0-only
import { ImageError, UntrustedImages } from '../images/error.js';
import { StasisError } from './stasis-error.js';

/** The image reader's own error, which knows nothing of exit codes, as a typed one; undefined for any other. */
export function fromImage(thrown: unknown): StasisError | undefined {
  if (!(thrown instanceof ImageError)) return undefined;
  const { operation, object, cause, hint, file } = thrown;
  const details = file === undefined ? {} : { file };
  const kind = thrown instanceof UntrustedImages ? 'untrusted' : 'image';
  return new StasisError({ kind, operation, object, cause, hint, details, source: thrown });
}
