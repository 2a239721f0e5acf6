// SPDX-License-Identifier: GPL-2.0-only
// All that a check runs, behind one import: it is loaded only after the arguments were found to make sense.
export { check } from '../check/index.js';
export { renderCheck } from './render/check.js';
export { standardView } from './terminal.js';
