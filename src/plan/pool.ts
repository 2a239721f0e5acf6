// SPDX-License-Identifier: GPL-2.0-only
import { O_CLOEXEC } from '../linux/fcntl.js';
import type { Slot, Strand } from '../program/index.js';

/**
 * Numbers below this are never given away: the seed has its standard streams there, and what an operation makes is at the
 * lowest free number for a moment, where it is in nobody's way.
 */
export const LOWEST = 16;
/** Free numbers that operations find at any time. */
const SPARE = 8;

/** Numbers that are spoken for before the pool gives any. */
export interface Reserved {
  /** At which no descriptor of the pool may be: those of every table, and those that an epoll knows its targets by. */
  readonly numbers: ReadonlySet<number>;
  /** By file: its number in the tables that hold it, where it may be in the pool, too. */
  readonly direct: ReadonlyMap<number, number>;
}

/**
 * Descriptor numbers of the plan. What several tasks hold, or needs others to be made, is made once by the root, and all
 * processes inherit it: at its final number where that means the same everywhere, else at a number that is free in every
 * table, be it between theirs. Each process takes what it needs to its final number, and closes the rest.
 */
export class Pool {
  private readonly numbers = new Map<string, number>();
  private readonly given: Set<number>;
  private next = LOWEST;
  private highest = LOWEST;

  constructor(private readonly reserved: Reserved) {
    this.given = new Set(reserved.numbers);
    for (const number of this.given) this.highest = Math.max(this.highest, number);
  }

  /** The same key gives the same number. */
  number(key: string): number {
    let known = this.numbers.get(key);
    if (known === undefined) {
      known = this.free();
      this.numbers.set(key, known);
    }
    return known;
  }

  has(key: string): boolean {
    return this.numbers.has(key);
  }

  /** Whether the description with this id in files.img has a number. */
  hasFile(id: number): boolean {
    return this.has(`file:${id}`);
  }

  /** Number of the description with this id in files.img. */
  file(id: number): number {
    const key = `file:${id}`;
    const direct = this.reserved.direct.get(id);
    if (direct !== undefined) this.numbers.set(key, direct);
    return direct ?? this.number(key);
  }

  /** Moves a descriptor that was just made to its pool number. */
  place(strand: Strand, made: Slot, number: number, why: string): void {
    strand.move(made, number, O_CLOEXEC, { why });
  }

  /** As a task sees it that makes some files for itself: those are at its own numbers. */
  within(own: ReadonlyMap<number, number>): Pool {
    return new OwnNumbers(this, own);
  }

  /** All numbers given so far, ascending. */
  all(): number[] {
    return [...new Set(this.numbers.values())].sort((a, b) => a - b);
  }

  /** What RLIMIT_NOFILE has to be: above every number, and with room for what operations have for a moment. */
  get limit(): number {
    const free = this.highest + 1 - this.given.size;
    return this.highest + 1 + Math.max(0, SPARE - free);
  }

  private free(): number {
    while (this.given.has(this.next)) this.next += 1;
    const number = this.next++;
    this.given.add(number);
    this.highest = Math.max(this.highest, number);
    return number;
  }
}

class OwnNumbers extends Pool {
  constructor(
    private readonly whole: Pool,
    private readonly own: ReadonlyMap<number, number>,
  ) {
    super({ numbers: new Set(), direct: own });
  }

  override number(key: string): number {
    return this.whole.number(key);
  }

  override has(key: string): boolean {
    return this.whole.has(key);
  }

  override hasFile(id: number): boolean {
    return this.own.has(id) || this.whole.hasFile(id);
  }

  override file(id: number): number {
    return this.own.get(id) ?? this.whole.file(id);
  }
}
