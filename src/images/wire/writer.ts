// SPDX-License-Identifier: LGPL-2.1-only
import type { U64 } from './u64.js';

const WORD = 4294967296;
const MASK = 0xffffffffn;

const SCRATCH = 65536;

/** A thousand threads make a thousand images of a few kilobytes: they are all written into the same memory, and copied from there. */
let spare: Buffer | undefined;

/** Writes the primitives of the protocol buffers encoding into one growing buffer. */
export class Writer {
  /** Bytes written. */
  at = 0;
  #bytes: Buffer;

  constructor(expected = 0) {
    const scratch = expected <= SCRATCH ? spare : undefined;
    this.#bytes = scratch ?? Buffer.allocUnsafeSlow(Math.max(expected, SCRATCH));
    if (scratch !== undefined) spare = undefined;
  }

  /** The bytes written: the writer must not be used any more. */
  finish(): Buffer {
    const bytes = this.#bytes;
    if (bytes.length > SCRATCH) return bytes.subarray(0, this.at);
    spare = bytes;
    return Buffer.from(bytes.subarray(0, this.at));
  }

  u32(value: number): void {
    this.#reserve(5);
    if (value < 128) this.#bytes[this.at++] = value;
    else this.at = put32(this.#bytes, this.at, value);
  }

  /** Negative numbers take ten bytes, as if they had 64 bits. */
  i32(value: number): void {
    if (value < 0) this.#halves(0xffffffff, value >>> 0);
    else this.u32(value);
  }

  s32(value: number): void {
    this.u32(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** Unsigned, or signed in two's complement. */
  u64(value: U64): void {
    if (typeof value === 'bigint') this.#halves(Number((value >> 32n) & MASK), Number(value & MASK));
    else if (value >= 0) this.#halves(Math.floor(value / WORD), value >>> 0);
    else this.u64(BigInt(value));
  }

  s64(value: U64): void {
    const wide = BigInt(value);
    this.u64(BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n)));
  }

  f32(value: number): void {
    this.#reserve(4);
    this.at = this.#bytes.writeUInt32LE(value, this.at);
  }

  f64(value: U64): void {
    this.#reserve(8);
    this.at = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), this.at);
  }

  bool(value: boolean): void {
    this.u32(value ? 1 : 0);
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.u32(length);
    this.#reserve(length);
    this.at += this.#bytes.write(value, this.at, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.u32(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Begins a part that is preceded by its length in varint form; `end` needs what this returns. */
  begin(): number {
    this.#reserve(1);
    return this.at++;
  }

  end(start: number): void {
    const length = this.at - start - 1;
    let width = 1;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) width++;
    if (width > 1) {
      this.#reserve(width - 1);
      this.#bytes.copyWithin(start + width, start + 1, this.at);
      this.at += width - 1;
    }
    put32(this.#bytes, start, length);
  }

  /** Leaves room for 4 bytes and says where; `patch32` fills them. */
  hole32(): number {
    this.#reserve(4);
    const start = this.at;
    this.at += 4;
    return start;
  }

  patch32(start: number, value: number): void {
    this.#bytes.writeUInt32LE(value, start);
  }

  #halves(high: number, low: number): void {
    this.#reserve(10);
    const bytes = this.#bytes;
    let at = this.at;
    let above = high;
    let rest = low;
    while (above > 0) {
      bytes[at++] = (rest & 127) | 128;
      rest = ((rest >>> 7) | (above << 25)) >>> 0;
      above >>>= 7;
    }
    this.at = put32(bytes, at, rest);
  }

  #reserve(length: number): void {
    const needed = this.at + length;
    if (needed > this.#bytes.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.at);
    this.#bytes = grown;
  }
}

function put32(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value >>> 0;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
