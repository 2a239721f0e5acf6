// SPDX-License-Identifier: LGPL-2.1-only

/** A 64-bit integer: a `number` where that is exact, a `bigint` beyond 2^53. */
export type U64 = number | bigint;

const WORD = 4294967296;

/** The value as a `number`. @throws RangeError where that would not be exact. */
export function num(value: U64): number {
  if (typeof value === 'number') return value;
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw new RangeError(`${value} has more than 53 bits`);
  return result;
}

/**
 * The same of what counts whole pages, such as the start of a mapping: beyond 2^53 a `number` holds these as well, and all
 * sums of them, up to 2^64. @throws RangeError where it would not be exact
 */
export function pages(value: U64, name = 'a size'): number {
  if (typeof value === 'number') return value;
  const result = Number(value);
  if (!Number.isSafeInteger(result) && (value & 0xfffn) !== 0n)
    throw new RangeError(`${name} is ${value}, neither below 2^53 nor whole pages`);
  return result;
}

/** The value as a `bigint`, for arithmetic on all 64 bits. */
export function big(value: U64): bigint {
  return typeof value === 'bigint' ? value : BigInt(value);
}

/** The shortest form of a value: what decoding yields for it. */
export function fromBig(value: bigint): U64 {
  const result = Number(value);
  return Number.isSafeInteger(result) ? result : value;
}

/** Joins two unsigned 32-bit halves. */
export function join(high: number, low: number): U64 {
  return high <= 0x1fffff ? high * WORD + low : (BigInt(high) << 32n) | BigInt(low);
}

/** Joins the halves of a signed number in two's complement. */
export function joinSigned(high: number, low: number): U64 {
  if (high < 0x80000000) return join(high, low);
  const value = (high - WORD) * WORD + low;
  return Number.isSafeInteger(value) ? value : BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}
