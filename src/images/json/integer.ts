// SPDX-License-Identifier: LGPL-2.1-only
import { fromBig, num, type U64 } from '../wire/u64.js';
import type { Annotation, Names } from './annotations.js';
import type { Json } from './text.js';

const MINOR_BITS = 20;

/** An integer as it reads best. */
export function printInteger(value: U64, how: Annotation | undefined): Json {
  switch (how?.as) {
    case 'hex':
      return value < 0 ? `-0x${(-BigInt(value)).toString(16)}` : `0x${value.toString(16)}`;
    case 'flags':
      return printFlags(num(value), how.names);
    case 'name':
      return how.names.find(([, number]) => number === value)?.[0] ?? value;
    case 'dev':
      return `${num(value) >>> MINOR_BITS}:${num(value) & ((1 << MINOR_BITS) - 1)}`;
    case 'odev':
      return `${(num(value) >>> 8) & 0xfff}:${(num(value) & 0xff) | ((num(value) >>> 12) & 0xfff00)}`;
    default:
      return value;
  }
}

function printFlags(value: number, names: Names): string {
  const set = names.filter(([, bits]) => (value & bits) !== 0);
  const rest = set.reduce((left, [, bits]) => left & ~bits, value) >>> 0;
  return [...set.map(([name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(' | ');
}

/** The integer that `printInteger` or crit made this of. @throws TypeError */
export function parseInteger(value: Json, how: Annotation | undefined): U64 {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value !== 'string') throw new TypeError(`${String(value)} is no number`);
  if (how?.as === 'flags') return parseFlags(value, how.names);
  if (how?.as === 'dev' || how?.as === 'odev') return parseDevice(value, how.as);
  if (how?.as === 'name') {
    const known = [...how.names, ...(how.also ?? [])].find(([name]) => name === value);
    if (known) return known[1];
  }
  return plain(value);
}

function plain(text: string): U64 {
  const [, sign, digits] = /^(-?)(0x[0-9a-f]+|0o[0-7]+|\d+)$/i.exec(text.trim()) ?? [];
  if (digits === undefined) throw new TypeError(`${JSON.stringify(text)} is no number`);
  return fromBig(sign === '-' ? -BigInt(digits) : BigInt(digits));
}

function parseFlags(text: string, names: Names): number {
  const parts = text.split('|').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .reduce((sum, part) => (sum | (names.find(([name]) => name === part)?.[1] ?? num(plain(part)))) >>> 0, 0);
}

function parseDevice(text: string, packing: 'dev' | 'odev'): number {
  const [major, minor] = text.split(':').map(Number);
  if (major === undefined || minor === undefined || !Number.isInteger(major + minor))
    throw new TypeError(`${JSON.stringify(text)} is no device number`);
  if (packing === 'dev') return ((major << MINOR_BITS) | minor) >>> 0;
  return ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}
