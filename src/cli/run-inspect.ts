// SPDX-License-Identifier: GPL-2.0-only
// All that an inspection runs, behind one import: it is loaded only after the arguments were found to make sense.
export { inspect } from '../inspect/index.js';
export { renderInspect } from './render/inspect.js';
export { standardView } from './terminal.js';
