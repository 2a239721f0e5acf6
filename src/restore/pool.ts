// SPDX-License-Identifier: GPL-2.0-only
import type { Slot, Strand } from '../program/index.js';

const O_CLOEXEC = 0o2000000;

/**
 * Descriptor numbers of the plan. Whatever the tree shares is opened once, by its root, at numbers above every final
 * one; all processes inherit it there, take what they need to its final number and close the rest.
 */
export class Pool {
  private readonly numbers = new Map<string, number>();

  constructor(
    /** The lowest number of the pool; final numbers are all below it. */
    readonly base: number,
  ) {}

  /** The same key gives the same number. */
  number(key: string): number {
    let known = this.numbers.get(key);
    if (known === undefined) {
      known = this.base + this.numbers.size;
      this.numbers.set(key, known);
    }
    return known;
  }

  has(key: string): boolean {
    return this.numbers.has(key);
  }

  /** Number of the description with this id in files.img. */
  file(id: number): number {
    return this.number(`file:${id}`);
  }

  /** Moves a descriptor that was just made to its pool number. */
  place(strand: Strand, made: Slot, number: number, why: string): void {
    strand.call('dup3', [made, number, O_CLOEXEC], { why });
    strand.call('close', [made], { why });
  }

  /** One above the highest number given so far: what RLIMIT_NOFILE has to allow. */
  get end(): number {
    return this.base + this.numbers.size;
  }
}
