// SPDX-License-Identifier: LGPL-2.1-only
import { join, joinSigned, pages, type U64 } from './u64.js';

/** The bytes are not a message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/**
 * Reads the primitives of the protocol buffers encoding, of images and of facts. The bytes may be anybody's: lengths and
 * numbers that cannot be so are a `WireError`. Not the reader of protobufjs, because that makes a `Long` object of every
 * address and takes several milliseconds to load, in a tool whose whole run takes some tens.
 */
export class Reader {
  /** Offset of the next byte. */
  at: number;
  readonly #bytes: Buffer;
  /** Halves of the number that was read last, as 32 bits with a sign: those need no memory of their own. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Number and wire type of a field. */
  tag(): number {
    const { at } = this;
    const byte = this.#bytes[at] as number;
    if (byte < 128) {
      this.at = at + 1;
      return byte;
    }
    const second = this.#bytes[at + 1] as number;
    if (second < 128) {
      this.at = at + 2;
      return (byte & 127) | (second << 7);
    }
    this.#varint();
    if (this.#high !== 0) throw new WireError(`tag of more than 32 bits at offset ${at}`);
    return this.#low >>> 0;
  }

  /** Goes past a tag of one byte, if that is what comes next before `end`. */
  next(tag: number, end: number): boolean {
    if (tag > 127 || this.at >= end || this.#bytes[this.at] !== tag) return false;
    this.at++;
    return true;
  }

  /** Where the message, or packed list, ends whose length comes next, within one that ends at `last`. */
  until(last: number): number {
    let length = this.#bytes[this.at] as number;
    if (length < 128) this.at++;
    else length = this.#length();
    const end = this.at + length;
    if (end > last) throw this.#tooLong(end, last);
    return end;
  }

  /** @throws WireError unless what was read ended where it should have */
  close(name: string, end: number): void {
    if (this.at !== end) throw new WireError(`${name} goes ${this.at - end} bytes beyond its end`);
  }

  /** An unsigned number of up to 32 bits; what lies above is dropped, as protocol buffers have it. */
  u32(): number {
    const byte = this.#bytes[this.at] as number;
    if (byte < 128) {
      this.at++;
      return byte;
    }
    const value = this.#short();
    if (value >= 0) return value >>> 0;
    this.#varint();
    return this.#low >>> 0;
  }

  i32(): number {
    return this.u32() | 0;
  }

  s32(): number {
    const value = this.u32();
    return (value >>> 1) ^ -(value & 1);
  }

  u64(): U64 {
    const byte = this.#bytes[this.at] as number;
    if (byte < 128) {
      this.at++;
      return byte;
    }
    const value = this.#short();
    return value >= 0 ? value : this.#long();
  }

  /** A u64 that is below 2^53, or counts whole pages: see `pages`. @throws RangeError where a `number` would not hold it */
  number(name: string): number {
    const value = this.#short();
    return value >= 0 ? value : pages(this.#long(), name);
  }

  i64(): U64 {
    const value = this.#short();
    if (value >= 0) return value;
    this.#varint();
    return joinSigned(this.#high >>> 0, this.#low >>> 0);
  }

  s64(): U64 {
    const value = this.#short();
    if (value >= 0) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
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
    return this.u64() !== 0;
  }

  string(): string {
    const length = this.#length();
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    return this.raw(this.#length());
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
        this.#take(this.#length());
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

  #tooLong(end: number, last: number): WireError {
    if (end > this.#bytes.length) return new WireError(`ends ${end - this.#bytes.length} B too early`);
    return new WireError(`part at offset ${this.at} goes ${end - last} bytes beyond the end of the whole`);
  }

  #length(): number {
    const length = this.#short();
    if (length < 0) throw new WireError(`a length at offset ${this.at} is no length`);
    return length;
  }

  #take(length: number): number {
    const at = this.at;
    if (at + length > this.#bytes.length) throw new WireError(`ends ${at + length - this.#bytes.length} B too early`);
    this.at = at + length;
    return at;
  }

  /**
   * A number of up to 7 bytes; -1, and nothing read, if it has more, or ends too early. Most are of one to seven, and nothing
   * here makes a `number` beyond 31 bits before the last step, as each of those takes memory.
   */
  #short(): number {
    const bytes = this.#bytes;
    let at = this.at;
    let byte = bytes[at++] as number;
    let low = byte & 127;
    for (let shift = 7; byte >= 128 && shift < 28; shift += 7) {
      byte = bytes[at++] as number;
      low |= (byte & 127) << shift;
    }
    if (byte < 128) {
      this.at = at;
      return low;
    }
    let high = 0;
    for (let shift = 0; byte >= 128 && shift < 21; shift += 7) {
      byte = bytes[at++] as number;
      high |= (byte & 127) << shift;
    }
    // Not `byte >= 128`: beyond the end it is undefined, which compares with nothing.
    if (!(byte < 128)) return -1;
    this.at = at;
    return low + high * 2 ** 28;
  }

  #long(): U64 {
    this.#varint();
    return join(this.#high >>> 0, this.#low >>> 0);
  }

  /** All 64 bits, as two halves. */
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
        if (index === 9 && byte > 1) break;
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw new WireError(`number of more than 64 bits before offset ${this.at}`);
  }
}
