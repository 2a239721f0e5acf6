// SPDX-License-Identifier: GPL-2.0-only
import { NO_SLOT, OP } from './abi.js';
import type { Expectation } from './expectation.js';
import { type Argument, Operand } from './operand.js';

const WORDS = OP.size / 4;
const ARGS = OP.args / 4;
const TWO_32 = 2 ** 32;

/** The operations of one strand, written straight into their wire form: no object an operation is kept. */
export class OpStore {
  private words = new Uint32Array(16 * WORDS);
  private room = new Uint8Array(this.words.buffer);
  count = 0;

  push(code: number, sys: number, args: readonly Argument[], expect: Expectation, save: number, why: number): number {
    const index = this.count++;
    let word = index * WORDS;
    if (word === this.words.length) this.grow();
    const byte = word * 4;
    this.words[word] = code | (expect.kind << 8) | (sys << 16);
    this.words[word + 2] = (save === NO_SLOT ? NO_SLOT : save) << 16;
    for (let i = 0; i < args.length; i++) {
      if (args[i] instanceof Operand) this.setKind(byte, i, (args[i] as Operand).kind);
    }
    this.words[word + 3] = why;
    this.pair(word + OP.want / 4, expect.want);
    word += ARGS;
    for (let i = 0; i < args.length; i++, word += 2) this.argument(word, args[i] as Argument);
    return index;
  }

  /** A view of what has been pushed so far. */
  get bytes(): Uint8Array {
    return this.room.subarray(0, this.count * OP.size);
  }

  private setKind(op: number, index: number, kind: number): void {
    this.room[op + OP.kinds + index] = kind;
  }

  private argument(word: number, value: Argument): void {
    if (typeof value === 'number') this.pair(word, value);
    else if (typeof value === 'bigint') {
      this.words[word] = Number(value & 0xffff_ffffn);
      this.words[word + 1] = Number((value >> 32n) & 0xffff_ffffn);
    } else {
      this.words[word] = value.low;
      this.words[word + 1] = value.high;
    }
  }

  private pair(word: number, value: number): void {
    this.words[word] = value;
    this.words[word + 1] = Math.floor(value / TWO_32);
  }

  private grow(): void {
    const bigger = new Uint32Array(this.words.length * 2);
    bigger.set(this.words);
    this.words = bigger;
    this.room = new Uint8Array(bigger.buffer);
  }
}
