// SPDX-License-Identifier: GPL-2.0-only
import { Arg, GLOBAL } from './abi.js';

/** An argument that is known only when the program runs: two halves of the word in an operation, and how to read it. */
export class Operand {
  constructor(
    readonly kind: number,
    readonly low: number,
    readonly high: number,
  ) {}
}

/** The result of an earlier operation of the same strand, plus a constant. */
export class Slot extends Operand {
  constructor(
    readonly index: number,
    offset = 0,
  ) {
    super(Arg.Slot, index, offset);
  }

  /** `n`: a signed 32-bit number of bytes. */
  plus(n: number): Slot {
    return new Slot(this.index, this.high + n);
  }
}

/** The address of something in the arena's data. */
export class Data extends Operand {
  /** `offset`: bytes from the start of the arena. */
  constructor(readonly offset: number) {
    super(Arg.Data, offset, 0);
  }

  plus(n: number): Data {
    return new Data(this.offset + n);
  }
}

/** The u64 that lies at `at` when the operation runs. */
export function load(at: Data, offset = 0): Operand {
  return new Operand(Arg.Load, at.offset + offset, 0);
}

/** The int that lies at `at` when the operation runs: a descriptor that pipe2() or recvmsg() put there. */
export function load32(at: Data, offset = 0): Operand {
  return new Operand(Arg.Load32, at.offset + offset, 0);
}

/** An address that only the running seed knows, plus a signed number of 4 KiB pages. */
export function global(name: keyof typeof GLOBAL, pages = 0): Operand {
  return new Operand(Arg.Global, GLOBAL[name], pages);
}

/** Immediates are any integer that is safe or a bigint; negative ones in two's complement. */
export type Argument = number | bigint | Operand;
