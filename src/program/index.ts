// SPDX-License-Identifier: GPL-2.0-only
export { type Arena, ArenaBuilder } from './arena-builder.js';
export type { Barrier } from './barrier.js';
export { type PlannedCall, plannedCalls } from './calls.js';
export { childOf } from './child.js';
export { words } from './data-area.js';
export { ANY, exactly, OK, okOr } from './expectation.js';
export { type Argument, Data, global, load, load32, Slot } from './operand.js';
export { type RenderedOp, renderStrand } from './render.js';
export type { Strand, Why } from './strand.js';
