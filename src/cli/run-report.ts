// SPDX-License-Identifier: GPL-2.0-only
// What it takes to tell an error that has several reasons, behind one import.
export { renderReasons } from './render/reasons.js';
export { errorView } from './terminal.js';
