// SPDX-License-Identifier: GPL-2.0-only
import { fromImage } from './from-image.js';
import { fromNative } from './from-native.js';
import type { StasisError } from './stasis-error.js';

/** Whatever was thrown, as the one error class that leaves this library. */
export function asStasisError(thrown: unknown): StasisError {
  return fromImage(thrown) ?? fromNative(thrown);
}
