// SPDX-License-Identifier: GPL-2.0-only

const WORDS = 1 << 16;

/** Memory for the operations of all strands: a buffer for each of a thousand short programs would cost more than to fill it. */
export class OpMemory {
  /** Where in the words the piece taken last begins. */
  at = 0;
  private words = new Uint32Array(WORDS);
  private used = 0;

  /** Room for `count` words, all 0, in the array returned, from {@link at} on. */
  take(count: number): Uint32Array {
    if (this.used + count > this.words.length) {
      this.words = new Uint32Array(Math.max(WORDS, count));
      this.used = 0;
    }
    this.at = this.used;
    this.used += count;
    return this.words;
  }
}
