// SPDX-License-Identifier: GPL-2.0-only

/** Hexadecimal, in two halves: V8 takes microseconds for numbers beyond 32 bits, and plans name thousands of mappings. */
export function hex(address: number | bigint): string {
  if (typeof address === 'bigint') return address.toString(16);
  const high = Math.floor(address / 2 ** 32);
  const low = (address >>> 0).toString(16);
  return high === 0 ? low : high.toString(16) + low.padStart(8, '0');
}
