// SPDX-License-Identifier: GPL-2.0-only
export { type Arena, ArenaBuilder } from './arena-builder.js';
export type { Barrier } from './barrier.js';
export { ints, words } from './data-area.js';
export { ANY, type Expectation, exactly, OK, okOr } from './expectation.js';
export { type Argument, Data, global, load, load32, Operand, Slot } from './operand.js';
export { type RenderedOp, renderStrand } from './render.js';
export type { How, Strand } from './strand.js';
