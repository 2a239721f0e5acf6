// SPDX-License-Identifier: GPL-2.0-only
// All that a cleanup runs, behind one import: it is loaded only after the arguments were found to make sense.
export { cleanup } from '../undo/index.js';
export { isClean, renderCleanup } from './render/cleanup.js';
