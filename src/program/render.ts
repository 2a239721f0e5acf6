// SPDX-License-Identifier: GPL-2.0-only
import { Arg, Code, Expect, GLOBAL, NO_SLOT, OP, SYS, type SysName } from './abi.js';
import type { Arena } from './arena-builder.js';
import type { Strand } from './strand.js';

export interface RenderedOp {
  /** Position in its strand, from 0. */
  readonly step: number;
  readonly call: string;
  readonly args: readonly string[];
  /** What the result must be; empty for "no error". */
  readonly expect: string;
  /** Slot that keeps the result: `$3`. */
  readonly save: string;
  readonly why: string;
}

const SYS_NAMES = Object.keys(SYS) as SysName[];
const GLOBAL_NAMES = new Map<number, string>(Object.entries(GLOBAL).map(([name, index]) => [index, name]));
const CODE_NAMES = [
  '',
  'meet',
  'arrive',
  'wait',
  'process',
  'thread',
  'exit',
  'store',
  'set',
  'compare',
  'until',
  'move',
  'earlier',
];
/** Arguments that mean something, by operation; system calls: up to the last that is not 0. */
const CODE_ARGS = [6, 1, 1, 1, 3, 1, 2, 3, 1, 3, 4, 3, 2];
const AT_FDCWD = -100n;

/** The operations of one strand as a person reads them, one at a time: a plan may have hundreds of thousands. */
export function* renderStrand(arena: Arena, strand: Strand): Generator<RenderedOp> {
  const view = new DataView(strand.ops.joined().buffer);
  for (let step = 0; step < strand.ops.count; step++) yield renderOp(arena, strand, view, step);
}

function renderOp(arena: Arena, { index }: Strand, view: DataView, step: number): RenderedOp {
  const at = step * OP.size;
  const code = view.getUint8(at + OP.code);
  const save = view.getUint16(at + OP.save, true);
  return {
    step,
    call: code === Code.Syscall ? (SYS_NAMES[view.getUint16(at + OP.sys, true)] ?? '?') : (CODE_NAMES[code] ?? '?'),
    args: renderArgs(arena, view, at, code),
    expect: renderExpect(view.getUint8(at + OP.expect), view.getBigInt64(at + OP.want, true)),
    save: save === NO_SLOT ? '' : `$${save}`,
    why: arena.reason(view.getUint32(at + OP.why, true), index) ?? '',
  };
}

function renderArgs(arena: Arena, view: DataView, at: number, code: number): string[] {
  const args: string[] = [];
  let used = 0;
  for (let i = 0; i < (CODE_ARGS[code] ?? 6); i++) {
    const kind = view.getUint8(at + OP.kinds + i);
    const value = view.getBigUint64(at + OP.args + 8 * i, true);
    if (kind !== Arg.Imm || value !== 0n) used = i + 1;
    args.push(kind === Arg.Imm && i === 0 ? renderTarget(arena, code, value) : renderArg(arena, kind, value));
  }
  return code === Code.Syscall ? args.slice(0, used) : args;
}

/** First argument of what concerns a barrier or another strand: its name. */
function renderTarget(arena: Arena, code: number, value: bigint): string {
  if (code === Code.Meet || code === Code.Arrive || code === Code.Wait) return arena.barriers[Number(value)]?.name ?? '?';
  if (code === Code.Process || code === Code.Thread) return arena.strands[Number(value)]?.name ?? '?';
  return renderArg(arena, Arg.Imm, value);
}

function renderArg(arena: Arena, kind: number, value: bigint): string {
  const low = Number(value & 0xffff_ffffn);
  const high = Number(BigInt.asIntN(32, value >> 32n));
  switch (kind) {
    case Arg.Imm:
      return number(value);
    case Arg.Data: {
      const text = arena.data.textAt(low);
      return text === undefined ? `data+${low}` : JSON.stringify(text);
    }
    case Arg.Slot:
      return plus(`$${low}`, high);
    case Arg.Global:
      return plus(GLOBAL_NAMES.get(low) ?? `global ${low}`, high * 4096);
    default:
      return `*(data+${low})`;
  }
}

function plus(base: string, offset: number): string {
  if (offset === 0) return base;
  return offset > 0 ? `${base}+${offset}` : `${base}-${-offset}`;
}

/** Small numbers in decimal, addresses and masks in hexadecimal. */
function number(value: bigint): string {
  const signed = BigInt.asIntN(64, value);
  if (signed === AT_FDCWD) return 'AT_FDCWD';
  return signed >= -4096n && signed < 65536n ? String(signed) : `0x${value.toString(16)}`;
}

function renderExpect(kind: number, want: bigint): string {
  if (kind === Expect.Any) return 'anything';
  if (kind === Expect.Exact) return `= ${want}`;
  return kind === Expect.OkOr ? `no error or ${want}` : '';
}
