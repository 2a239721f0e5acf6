// SPDX-License-Identifier: GPL-2.0-only
export { asStasisError } from './as-stasis-error.js';
export { fromNative } from './from-native.js';
export type { ErrorKind } from './kinds.js';
export { type ErrorDetails, type ErrorJson, StasisError } from './stasis-error.js';
