// SPDX-License-Identifier: LGPL-2.1-only
import type { U64 } from './u64.js';

const WORD = 4294967296;
const MASK = 0xffffffffn;

const BLOCK = 65536;

/** A thousand threads make a thousand images of a few kilobytes: they are written one behind the other into the same block. */
let spare: { readonly bytes: Buffer; readonly used: number } | undefined;

/** Writes the primitives of the protocol buffers encoding into one growing buffer. */
export class Writer {
  /** Offset of the next byte in the buffer, which may begin with bytes of others. */
  at = 0;
  #bytes: Buffer;
  #start = 0;

  constructor(expected = 0) {
    const block = spare;
    spare = undefined;
    if (block !== undefined && block.used + expected <= block.bytes.length) {
      this.#bytes = block.bytes;
      this.#start = block.used;
      this.at = block.used;
    } else this.#bytes = Buffer.allocUnsafeSlow(Math.max(expected, BLOCK));
  }

  /** The bytes written: the writer must not be used any more. */
  finish(): Buffer {
    const bytes = this.#bytes;
    if (bytes.length === BLOCK) spare = { bytes, used: this.at };
    return bytes.subarray(this.#start, this.at);
  }

  u32(value: number): void {
    if (this.at + 5 > this.#bytes.length) this.#grow(this.at + 5);
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
    if (typeof value === 'number' && value >>> 0 === value) this.u32(value);
    else if (typeof value === 'bigint') this.#halves(Number((value >> 32n) & MASK), Number(value & MASK));
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
    const start = this.begin();
    // No character takes more than three bytes in UTF-8 for each of its units in UTF-16.
    this.#reserve(3 * value.length);
    this.at += this.#bytes.write(value, this.at, 'utf8');
    this.end(start);
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
    const bytes = this.#bytes;
    bytes[start] = value;
    bytes[start + 1] = value >>> 8;
    bytes[start + 2] = value >>> 16;
    bytes[start + 3] = value >>> 24;
  }

  /** What has been written since `start`. */
  copy(start: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, start, this.at);
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

  /** Offsets given out stay right: what came before in the block is left out in content only. */
  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, this.#start, this.#start, this.at);
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
