// SPDX-License-Identifier: GPL-2.0-only
import { Code, OP } from './abi.js';
import type { Arena } from './arena-builder.js';
import type { Strand } from './strand.js';

/** Whom an operation makes: the strand of the new process or thread; undefined where it makes none. */
export function childOf(arena: Arena, strand: number, step: number): Strand | undefined {
  const found = arena.strands[strand];
  if (!found || step >= found.ops.count) return undefined;
  const view = new DataView(found.ops.joined().buffer);
  const at = step * OP.size;
  const code = view.getUint8(at + OP.code);
  return code === Code.Process || code === Code.Thread ? arena.strands[view.getUint32(at + OP.args, true)] : undefined;
}
