// SPDX-License-Identifier: LGPL-2.1-only
// What `stasis image` does: apart from index.ts, so that a dump or a restore does not load it.
export { type DecodeOptions, decodeText, imageToJson } from './decode.js';
export { encodeText } from './encode.js';
export { byKind, renderImages, type ShownFile, type ShowReport, showImages } from './show.js';
export { type VerifyReport, verifyImages } from './verify.js';
