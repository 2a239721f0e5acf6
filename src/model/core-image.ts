// SPDX-License-Identifier: GPL-2.0-only
import { Reader } from '../images/wire/reader.js';
import type { U64 } from '../images/wire/u64.js';

const CLEAR_TID_ADDR = 1 << 3;

/** clear_tid_addr of an encoded thread_info_x86 or thread_info_aarch64: field 1 of both; the last one counts. */
export function clearTidAddress(registers: Uint8Array): U64 {
  const reader = new Reader(registers);
  let address: U64 = 0;
  while (reader.at < registers.length) {
    const tag = reader.tag();
    if (tag !== CLEAR_TID_ADDR) reader.skip(tag & 7);
    else address = reader.u64();
  }
  return address;
}
