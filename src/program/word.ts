// SPDX-License-Identifier: GPL-2.0-only

const TWO_32 = 2 ** 32;

/** Puts a 64-bit number into two zeroed halves, the low one first; negative ones in two's complement. */
export function setWord(halves: Uint32Array, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    halves[at] = Number(value & 0xffff_ffffn);
    halves[at + 1] = Number((value >> 32n) & 0xffff_ffffn);
  } else {
    halves[at] = value;
    if (value >>> 0 !== value) halves[at + 1] = Math.floor(value / TWO_32);
  }
}
