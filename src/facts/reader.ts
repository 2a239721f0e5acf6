// SPDX-License-Identifier: GPL-2.0-only

/** A cursor over a protobuf message; integers are read without objects in between. */
export class Reader {
  static readonly EMPTY = new Uint8Array(0);
  /** Position of the next byte. */
  at = 0;

  readonly buffer: Buffer;
  private known: Map<unknown, Map<string, unknown>> | undefined;

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private byte(): number {
    const value = this.buffer[this.at++];
    if (value === undefined) throw this.cut();
    return value;
  }

  /**
   * An unsigned number. Exact up to 2^53, and for any multiple of 2048 beyond that: all page addresses, so that
   * `[vsyscall]` needs no bigint.
   */
  int(): number {
    const { buffer } = this;
    let byte = buffer[this.at++] as number;
    if (byte < 0x80) return byte;
    let low = byte & 0x7f;
    // Numbers of up to 31 bits cost no memory, all others do, in each step.
    for (let shift = 7; byte >= 0x80 && shift < 28; shift += 7) {
      byte = buffer[this.at++] as number;
      low |= (byte & 0x7f) << shift;
    }
    let high = 0;
    for (let scale = 1; byte >= 0x80; scale *= 0x80) {
      byte = buffer[this.at++] as number;
      high += (byte & 0x7f) * scale;
    }
    // Nothing that compares with a number ends the loops, too.
    if (byte === undefined) throw this.cut();
    return high === 0 ? low : low + high * 2 ** 28;
  }

  /** An int32 or int64: negative ones are ten bytes in two's complement. */
  signed(): number {
    const start = this.at;
    const value = this.int();
    if (value < 2 ** 53) return value;
    this.at = start;
    return Number(BigInt.asIntN(64, this.big()));
  }

  /** A 64-bit number, every bit of it. */
  big(): bigint {
    let low = 0;
    let high = 0;
    let index = 0;
    let byte: number;
    do {
      byte = this.byte();
      if (index < 4) low += (byte & 0x7f) * 2 ** (7 * index);
      else high += (byte & 0x7f) * 2 ** (7 * (index - 4));
      index += 1;
    } while (byte >= 0x80);
    return high === 0 ? BigInt(low) : BigInt.asUintN(64, (BigInt(high) << 28n) + BigInt(low));
  }

  /** A 64-bit number in its shortest form: a `number` where that is exact. */
  wide(): number | bigint {
    const start = this.at;
    const value = this.int();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    this.at = start;
    return this.big();
  }

  /** The same of an int64. */
  wideSigned(): number | bigint {
    const value = this.wide();
    if (typeof value === 'number') return value;
    const signed = BigInt.asIntN(64, value);
    const short = Number(signed);
    return Number.isSafeInteger(short) ? short : signed;
  }

  /** A view, not a copy: it keeps the whole buffer alive. */
  bytes(): Uint8Array {
    const length = this.int();
    if (this.at + length > this.buffer.length) throw this.cut();
    this.at += length;
    return length === 0 ? Reader.EMPTY : this.buffer.subarray(this.at - length, this.at);
  }

  string(): string {
    const length = this.int();
    const start = this.at;
    this.at = start + length;
    if (this.at > this.buffer.length) throw this.cut();
    return length === 0 ? '' : this.buffer.toString('utf8', start, this.at);
  }

  private cut(): RangeError {
    return new RangeError(`facts end at byte ${this.buffer.length}, in the middle of a field`);
  }

  /** An embedded message of which there are many, most of them equal: those are one object. */
  alike<T>(decode: (reader: Reader, end: number) => T): T {
    const end = this.int() + this.at;
    return this.once(decode, end, () => decode(this, end));
  }

  /** The same for a list: this element and those of the same tag behind it, in a message that ends at `last`. */
  alikes<T>(tag: number, last: number, decode: (reader: Reader, end: number) => T): T[] {
    const start = this.at;
    let end = start;
    do {
      this.skip(2);
      end = this.at;
    } while (end < last && this.int() === tag);
    this.at = start;
    return this.once(decode, end, () => {
      const list = [decode(this, this.int() + this.at)];
      while (this.at < end && this.int() === tag) list.push(decode(this, this.int() + this.at));
      return list;
    });
  }

  private once<T>(kind: unknown, end: number, decode: () => T): T {
    this.known ??= new Map();
    let known = this.known.get(kind);
    if (!known) {
      known = new Map();
      this.known.set(kind, known);
    }
    const key = this.buffer.toString('latin1', this.at, end);
    let value = known.get(key) as T | undefined;
    if (value === undefined) {
      value = decode();
      known.set(key, value);
    } else this.at = end;
    return value;
  }

  skip(wire: number): void {
    if (wire === 0) this.int();
    else if (wire === 1) this.at += 8;
    else if (wire === 2) {
      const length = this.int();
      this.at += length;
      if (this.at > this.buffer.length) throw this.cut();
    } else if (wire === 5) this.at += 4;
    else throw new RangeError(`wire type ${wire} at byte ${this.at} of facts`);
  }
}
