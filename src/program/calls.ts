// SPDX-License-Identifier: GPL-2.0-only
import { Arg, Code, Expect, OP, SYS, type SysName } from './abi.js';
import type { Arena } from './arena-builder.js';

const AT_FDCWD = -100n;

/** A system call of a plan, for whoever looks through it. */
export interface PlannedCall {
  readonly name: SysName;
  /** Numbers that are known beforehand; undefined: an address, or what another operation gives. */
  readonly args: readonly (bigint | undefined)[];
  /** Which file it is about: the same for the same descriptor or path. */
  readonly target: string;
  /** Whether the restore goes on if it fails. */
  readonly optional: boolean;
  readonly why: string;
}

/** The calls of these names, strand by strand. */
export function* plannedCalls(arena: Arena, names: readonly SysName[]): Generator<PlannedCall> {
  const wanted = new Map<number, SysName>(names.map((name) => [SYS[name], name]));
  for (const { ops, index } of arena.strands) {
    const view = new DataView(ops.joined().buffer);
    for (let at = 0; at < view.byteLength; at += OP.size) {
      if (view.getUint8(at + OP.code) !== Code.Syscall) continue;
      const name = wanted.get(view.getUint16(at + OP.sys, true));
      if (name === undefined) continue;
      const expect = view.getUint8(at + OP.expect);
      yield {
        name,
        args: Array.from({ length: 6 }, (_, i) => argument(view, at, i)),
        target: targetOf(view, at),
        optional: expect === Expect.Any || expect === Expect.OkOr,
        why: arena.reason(view.getUint32(at + OP.why, true), index) ?? '',
      };
    }
  }
}

/** A descriptor, or a path. */
function targetOf(view: DataView, at: number): string {
  const i = BigInt.asIntN(64, wordAt(view, at, 0)) === AT_FDCWD ? 1 : 0;
  return `${view.getUint8(at + OP.kinds + i)}:${wordAt(view, at, i)}`;
}

function argument(view: DataView, at: number, i: number): bigint | undefined {
  return view.getUint8(at + OP.kinds + i) === Arg.Imm ? wordAt(view, at, i) : undefined;
}

function wordAt(view: DataView, at: number, i: number): bigint {
  return view.getBigUint64(at + OP.args + 8 * i, true);
}
