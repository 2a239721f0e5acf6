// SPDX-License-Identifier: LGPL-2.1-only
import { join, joinSigned, type U64 } from './u64.js';

/** The bytes are not a message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/**
 * Reads the primitives of the protocol buffers encoding. Not the reader of protobufjs, because that makes a `Long` object of every
 * address and takes several milliseconds to load, in a tool whose whole run takes some tens.
 */
export class Reader {
  /** Offset of the next byte. */
  at: number;
  readonly #bytes: Buffer;
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** An unsigned number of up to 32 bits; what lies above is dropped, as protocol buffers have it. */
  u32(): number {
    const byte = this.#bytes[this.at];
    if (byte !== undefined && byte < 128) {
      this.at++;
      return byte;
    }
    this.#varint();
    return this.#low;
  }

  /** Goes past a tag of one byte, if that is what comes next before `end`. */
  next(tag: number, end: number): boolean {
    if (tag > 127 || this.at >= end || this.#bytes[this.at] !== tag) return false;
    this.at++;
    return true;
  }

  i32(): number {
    return this.u32() | 0;
  }

  s32(): number {
    const value = this.u32();
    return (value >>> 1) ^ -(value & 1);
  }

  u64(): U64 {
    const byte = this.#bytes[this.at];
    if (byte !== undefined && byte < 128) {
      this.at++;
      return byte;
    }
    this.#varint();
    return join(this.#high, this.#low);
  }

  i64(): U64 {
    this.#varint();
    return joinSigned(this.#high, this.#low);
  }

  s64(): U64 {
    this.#varint();
    const sign = -(this.#low & 1);
    const low = ((this.#low >>> 1) | (this.#high << 31)) ^ sign;
    return joinSigned(((this.#high >>> 1) ^ sign) >>> 0, low >>> 0);
  }

  f32(): number {
    const at = this.#take(4);
    return this.#bytes.readUInt32LE(at);
  }

  f64(): U64 {
    const at = this.#take(8);
    return join(this.#bytes.readUInt32LE(at + 4), this.#bytes.readUInt32LE(at));
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  string(): string {
    const length = this.u32();
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const length = this.u32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of `length` bytes that have no length prefix. */
  raw(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Goes past the value of a field nobody knows. */
  skip(wireType: number): void {
    switch (wireType) {
      case 0:
        this.#varint();
        break;
      case 1:
        this.#take(8);
        break;
      case 2:
        this.#take(this.u32());
        break;
      case 5:
        this.#take(4);
        break;
      default:
        throw new WireError(`wire type ${wireType} at offset ${this.at}`);
    }
  }

  /** The bytes from here to `end`, a character each, as a key; stays where it is. */
  text(end: number): string {
    return this.#bytes.toString('latin1', this.at, end);
  }

  slice(start: number, end: number): Buffer {
    return this.#bytes.subarray(start, end);
  }

  #take(length: number): number {
    const at = this.at;
    if (at + length > this.#bytes.length) throw new WireError(`ends ${at + length - this.#bytes.length} bytes too early`);
    this.at = at + length;
    return at;
  }

  #varint(): void {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = bytes[this.at++];
      if (byte === undefined) throw new WireError('ends in the middle of a number');
      const bits = byte & 127;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 128) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw new WireError(`number of more than 10 bytes at offset ${this.at}`);
  }
}
