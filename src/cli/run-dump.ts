// SPDX-License-Identifier: GPL-2.0-only
// All that a dump runs, behind one import: it is loaded only after the arguments were found to make sense.
export { dump } from '../dump/index.js';
export { dumpFigures } from './figures.js';
export { interruptible } from './interrupt.js';
export { progressView } from './progress.js';
