// SPDX-License-Identifier: GPL-2.0-only
import { OP } from './abi.js';
import type { Expectation } from './expectation.js';
import type { OpMemory } from './op-memory.js';
import type { Argument } from './operand.js';
import { setWord } from './word.js';

const OP_WORDS = OP.size / 4;
const KINDS = OP.kinds / 4;
const WHY = OP.why / 4;
const WANT = OP.want / 4;
const ARGS = OP.args / 4;
const FIRST_ROOM = 16;

interface Piece {
  readonly words: Uint32Array;
  readonly start: number;
  readonly end: number;
}

/** The operations of one strand, written straight into their wire form: no object an operation is kept. */
export class OpStore {
  count = 0;
  /** What has been filled; the last piece is being filled from `start` to `at`, and has room until `end`. */
  private readonly pieces: Piece[] = [];
  private words = NO_WORDS;
  private start = 0;
  private at = 0;
  private end = 0;

  constructor(private readonly memory: OpMemory) {}

  push(code: number, sys: number, args: readonly Argument[], expect: Expectation, save: number, why: number): void {
    if (this.at === this.end) this.reserve(1);
    const { words, at } = this;
    words[at] = code | (expect.kind << 8) | (sys << 16);
    words[at + WHY] = why;
    if (expect.want !== 0) setWord(words, at + WANT, expect.want);
    // One byte for the kind of each argument: four in this word, two in the next, below the slot.
    let first = 0;
    let rest = save << 16;
    for (let i = 0, word = at + ARGS; i < args.length; i++, word += 2) {
      const value = args[i] as Argument;
      if (typeof value === 'number' || typeof value === 'bigint') setWord(words, word, value);
      else {
        words[word] = value.low;
        words[word + 1] = value.high;
        if (i < 4) first |= value.kind << (8 * i);
        else rest |= value.kind << (8 * (i - 4));
      }
    }
    words[at + KINDS] = first;
    words[at + KINDS + 1] = rest;
    this.at = at + OP_WORDS;
    this.count++;
  }

  /** Operations that another store made. */
  append(operations: Uint32Array): void {
    const count = operations.length / OP_WORDS;
    if (this.end - this.at < operations.length) this.reserve(count);
    this.words.set(operations, this.at);
    this.at += operations.length;
    this.count += count;
  }

  copyInto(target: Uint32Array, at: number): void {
    let to = at;
    this.close();
    for (const { words, start, end } of this.pieces) {
      target.set(words.subarray(start, end), to);
      to += end - start;
    }
  }

  /** A copy of all. */
  joined(): Uint32Array<ArrayBuffer> {
    const all = new Uint32Array(this.count * OP_WORDS);
    this.copyInto(all, 0);
    return all;
  }

  private reserve(count: number): void {
    this.close();
    const room = Math.max(FIRST_ROOM, this.count, count) * OP_WORDS;
    this.words = this.memory.take(room);
    this.at = this.memory.at;
    this.start = this.at;
    this.end = this.at + room;
  }

  private close(): void {
    if (this.at > this.start) this.pieces.push({ words: this.words, start: this.start, end: this.at });
    this.start = this.at;
  }
}

const NO_WORDS: Uint32Array = new Uint32Array(0);
