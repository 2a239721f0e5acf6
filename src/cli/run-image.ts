// SPDX-License-Identifier: GPL-2.0-only
// What the image commands run, behind one import: it is loaded only after the arguments were found to make sense.
export { basename } from 'node:path';
export { decodeText, imageToJson } from '../images/decode.js';
export { encodeText } from '../images/encode.js';
export { print as printJson } from '../images/json/text.js';
export { renderImages, showImages } from '../images/show.js';
export { verifyImages } from '../images/verify.js';
export { isDirectory, readInput, writeOutput } from './file-io.js';
export { renderVerify } from './render/verify.js';
