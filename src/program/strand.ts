// SPDX-License-Identifier: GPL-2.0-only

import { Code, NO_SLOT, SYS, type SysName } from './abi.js';
import type { Barrier } from './barrier.js';
import { type DataArea, ints, words } from './data-area.js';
import { type Expectation, exactly, OK } from './expectation.js';
import type { OpMemory } from './op-memory.js';
import { OpStore } from './op-store.js';
import { type Argument, type Data, type Operand, Slot } from './operand.js';

/**
 * A reason, or how to say it for the strand that has the operation: a text for each of a hundred thousand operations would
 * cost more than the rest of the plan.
 */
export type Why = string | ((strand: Strand) => string);

export interface How {
  /** Object first: `fd 7 of pid 412: open /var/log/x`. Becomes the error message if the operation fails. */
  readonly why: Why;
  /** Keep the result: in a new slot, or in this one. */
  readonly save?: boolean | Slot;
  readonly expect?: Expectation;
}

/** What a strand shares with all others of its arena. */
interface Shared {
  readonly memory: OpMemory;
  readonly data: DataArea;
  /** Index of a reason. */
  why(reason: Why): number;
  /** What `emit` appends to a strand, in wire form; made once for each `key`. */
  fragment(key: unknown, emit: (strand: Strand) => void): Uint32Array;
}

/** The program of one thread of execution. Operations run in the order in which these methods are called. */
export class Strand {
  readonly ops: OpStore;
  slots = 0;

  constructor(
    private readonly arena: Shared,
    readonly index: number,
    /** Thread id to be created with, 0 for any. */
    readonly tid: number,
    /** For people: `pid 412 (redis-server)`. */
    readonly name: string,
  ) {
    this.ops = new OpStore(arena.memory);
  }

  /** A system call by its kernel name. Without `save` the returned slot means nothing. */
  call(sys: SysName, args: readonly Argument[], how: How): Slot {
    return this.push(Code.Syscall, SYS[sys], args, how);
  }

  /** A child process that runs `child`. `flags`: CLONE_* beyond the exit signal. */
  process(child: Strand, how: How & { readonly flags?: number; readonly exitSignal?: number }): Slot {
    const expect = child.tid > 0 ? exactly(child.tid) : OK;
    return this.push(Code.Process, 0, [child.index, how.flags ?? 0, how.exitSignal ?? 17], { expect, ...how });
  }

  /** Another thread of this process, which runs `child`. */
  thread(child: Strand, how: How): Slot {
    const expect = child.tid > 0 ? exactly(child.tid) : OK;
    return this.push(Code.Thread, 0, [child.index], { expect, ...how });
  }

  /** Arrives at the barrier and waits until all expected have. */
  meet(barrier: Barrier, why: Why): void {
    this.push(Code.Meet, 0, [barrier.index], { why });
  }

  arrive(barrier: Barrier, why: Why): void {
    this.push(Code.Arrive, 0, [barrier.index], { why });
  }

  wait(barrier: Barrier, why: string): void {
    this.push(Code.Wait, 0, [barrier.index], { why });
  }

  /** Ends the process of this strand; `signal` 0 means by exit code. */
  exit(code: number, signal: number, why: string): void {
    this.push(Code.Exit, 0, [code, signal], { why });
  }

  /** Stores the low `size` (1, 2, 4, 8) bytes of `value` at `at`. */
  store(at: Operand, value: Argument, size: 1 | 2 | 4 | 8, why: Why): void {
    this.push(Code.Store, 0, [at, value, size], { why });
  }

  /** Writes the run-time address of `to` at `at`: pointers inside an iovec, a msghdr. */
  pointer(at: Data, to: Data, why: Why): void {
    this.store(at, to, 8, why);
  }

  /** Puts a descriptor that was just made at the number where it is to stay. `flags`: O_CLOEXEC or 0. */
  move(made: Argument, number: number, flags: number, how: How): void {
    this.push(Code.Move, 0, [made, number, flags], how);
  }

  /** Puts a value into a slot. */
  set(value: Argument, why: string, save: boolean | Slot = true): Slot {
    return this.push(Code.Set, 0, [value], { why, save });
  }

  /** 0 when `size` bytes at both addresses are equal, else 1 + index of the first that is not; by default unequal fails. */
  compare(a: Argument, b: Argument, size: number, how: How): Slot {
    return this.push(Code.Compare, 0, [a, b, size], { expect: exactly(0), ...how });
  }

  /** Takes nanoseconds off the struct timespec at `at`; at least one is left. */
  earlier(at: Operand, ns: number | bigint, why: Why): void {
    this.push(Code.Earlier, 0, [at, ns], { why });
  }

  /** Where {@link until} may go back to. */
  label(): number {
    return this.ops.count;
  }

  /** Goes back to `label` while `slot` is not `wanted`, at most `times` times in all. */
  until(label: number, slot: Slot, wanted: Argument, times: number, why: string): void {
    this.push(Code.Until, 0, [label, slot, wanted, times, this.slot().index], { why });
  }

  /** A slot that nothing has been saved to yet; 0 until then. */
  slot(): Slot {
    return new Slot(this.slots++);
  }

  /** NUL-terminated. */
  path(text: string | Uint8Array): Data {
    return this.arena.data.path(text);
  }

  bytes(content: Uint8Array, align = 8): Data {
    return this.arena.data.put(content, align);
  }

  /**
   * Operations that are the same for every strand with this `key`: made once, then copied. So their reasons tell the
   * strand only as it is given to them, and none of them keeps a result.
   */
  alike(key: unknown, emit: (strand: Strand) => void): void {
    this.ops.append(this.arena.fragment(key, emit));
  }

  /** Zeroed room for results. */
  reserve(size: number, align = 8): Data {
    return this.arena.data.reserve(size, align);
  }

  words(values: readonly (number | bigint)[]): Data {
    return this.bytes(words(values));
  }

  ints(values: readonly number[]): Data {
    return this.bytes(ints(values), 4);
  }

  private push(code: number, sys: number, args: readonly Argument[], how: How): Slot {
    const slot = how.save === true ? this.slot() : how.save || undefined;
    this.ops.push(code, sys, args, how.expect ?? OK, slot?.index ?? NO_SLOT, this.arena.why(how.why));
    return slot ?? NOWHERE;
  }
}

const NOWHERE = new Slot(NO_SLOT);
