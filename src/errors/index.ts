// SPDX-License-Identifier: GPL-2.0-only
export { fromNative, type NativeFailure, unforeseen } from './from-native.js';
export type { ErrorKind } from './kinds.js';
export { type ErrorDetails, type ErrorJson, type ErrorParts, StasisError } from './stasis-error.js';
