// SPDX-License-Identifier: GPL-2.0-only

/** Encodes protobuf messages; proto3 rules, so that zeros and empty bytes are left out. */
export class Writer {
  private buffer: Uint8Array;
  private length = 0;

  /** `expected`: bytes that there will be, about: growing touches all memory again. */
  constructor(expected = 256) {
    this.buffer = new Uint8Array(expected);
  }

  varint(id: number, value: number | bigint): void {
    if (!value) return;
    this.raw(id * 8);
    if (typeof value === 'number' && value > 0) this.raw(value);
    else this.wide(BigInt.asUintN(64, BigInt(value)));
  }

  bytes(id: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.raw(id * 8 + 2);
    this.raw(value.length);
    this.room(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** An embedded message, present even when empty. Its length takes four bytes, padded, so that nothing has to be moved. */
  message(id: number, fill: (inner: this) => unknown): void {
    this.raw(id * 8 + 2);
    this.room(4);
    const start = this.length;
    this.length += 4;
    fill(this);
    const size = this.length - start - 4;
    if (size >= 2 ** 28) throw new RangeError(`a message of ${size} bytes is too large`);
    for (let i = 0; i < 4; i++) this.buffer[start + i] = ((size >>> (7 * i)) & 0x7f) | (i < 3 ? 0x80 : 0);
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private raw(value: number): void {
    this.room(10);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.buffer[this.length++] = (rest % 0x80) | 0x80;
    this.buffer[this.length++] = rest;
  }

  private wide(value: bigint): void {
    this.room(10);
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80;
    this.buffer[this.length++] = Number(rest);
  }

  private room(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const bigger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    bigger.set(this.buffer.subarray(0, this.length));
    this.buffer = bigger;
  }
}
