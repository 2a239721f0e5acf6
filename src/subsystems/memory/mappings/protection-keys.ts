// SPDX-License-Identifier: GPL-2.0-only
import type { MmEntry, VmaEntry } from '../../../images/generated/messages.js';
import { exactly, type Strand, type Why } from '../../../program/index.js';

/**
 * Gives out the keys that the task had from pkey_alloc(2). The kernel takes the lowest that is free, so those between are
 * taken too and freed again. Before anything is mapped: an execute-only mapping takes a key by itself.
 */
export function allocateKeys(strand: Strand, { protection_keys: wanted = 0 }: MmEntry): void {
  const why =
    (what: string): Why =>
    ({ tid }) =>
      `pid ${tid}: ${what}`;
  const last = 31 - Math.clz32(wanted);
  for (let key = 1; key <= last; key++)
    strand.call('pkey_alloc', [0, 0], { why: why(`protection key ${key}`), expect: exactly(key) });
  for (let key = 1; key <= last; key++)
    if (!(wanted & (1 << key))) strand.call('pkey_free', [key], { why: why(`protection key ${key} was free`) });
}

/** The key that pkey_mprotect(2) gave a mapping; not the kernel's own for execute-only memory, which comes by itself. */
export function keyOf({ protection_key: key = 0 }: VmaEntry, { protection_keys: given = 0 }: MmEntry): number {
  return given & (1 << key) ? key : 0;
}
