// SPDX-License-Identifier: GPL-2.0-only
// All that a restore runs, behind one import: it is loaded only after the arguments were found to make sense.
export { plan, restore } from '../restore/index.js';
export { restoreFigures } from './figures.js';
export { followTree, keepSignals } from './follow-tree.js';
export { interruptible, signalsOf } from './interrupt.js';
export { progressView } from './progress.js';
export { renderPlan } from './render/plan.js';
