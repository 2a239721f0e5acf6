// SPDX-License-Identifier: GPL-2.0-only
import { DATA_AT } from './abi.js';
import { Data } from './operand.js';
import { setWord } from './word.js';

const TEXT = new TextEncoder();
/** Arguments that point into it are offsets of 32 bits. */
const MOST_DATA = 0xffff_ffff;

/**
 * What arguments point at: strings, tables, room for results. One for the whole arena; it lies right behind
 * the board, so that offsets from the arena's start are known at once.
 */
export class DataArea {
  private bytes = new Uint8Array(16384);
  private length = DATA_AT;
  private readonly strings = new Map<string, Data>();
  private readonly texts = new Map<number, string>();

  /** Offset of the first byte behind it. */
  get end(): number {
    return this.length;
  }

  /** Zeroed room. `align` is a power of two, at most 4096. */
  reserve(size: number, align = 8): Data {
    const start = Math.ceil(this.length / align) * align;
    if (start + size > MOST_DATA)
      throw new RangeError(
        `the programs of the tree need more than ${MOST_DATA} bytes of data: contents of pipes and sockets, paths`,
      );
    this.length = start + size;
    if (this.length > this.bytes.length) {
      const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.length));
      bigger.set(this.bytes);
      this.bytes = bigger;
    }
    return new Data(start);
  }

  put(content: Uint8Array, align = 8): Data {
    const at = this.reserve(content.length, align);
    this.bytes.set(content, at.offset);
    return at;
  }

  /** NUL-terminated; equal strings share one place. */
  path(text: string | Uint8Array): Data {
    const key = typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
    const known = typeof text === 'string' ? this.strings.get(key) : undefined;
    if (known) return known;
    const raw = typeof text === 'string' ? TEXT.encode(text) : text;
    const at = this.reserve(raw.length + 1, 1);
    this.bytes.set(raw, at.offset);
    if (typeof text === 'string') this.strings.set(key, at);
    this.texts.set(at.offset, typeof text === 'string' ? text : new TextDecoder().decode(text));
    return at;
  }

  /** Overwrites what was reserved earlier: a size that is known only at the end. */
  rewrite(at: Data, content: Uint8Array): void {
    this.bytes.set(content, at.offset);
  }

  /** The string put at `offset` by {@link path}. */
  textAt(offset: number): string | undefined {
    return this.texts.get(offset);
  }

  copyInto(target: Uint8Array): void {
    target.set(this.bytes.subarray(DATA_AT, this.length), DATA_AT);
  }
}

/** u64 values as they lie in memory. */
export function words(values: readonly (number | bigint)[]): Uint8Array {
  const halves = new Uint32Array(values.length * 2);
  for (let i = 0; i < values.length; i++) setWord(halves, i * 2, values[i] as number | bigint);
  return new Uint8Array(halves.buffer);
}

/** 32-bit values as they lie in memory. */
export function ints(values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}
