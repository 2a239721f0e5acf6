// SPDX-License-Identifier: GPL-2.0-only
import { release } from 'node:os';
import type { TestFn } from 'ava';
import { needing } from '../harness/needs.js';

/** CONFIG_LOCALVERSION of kernel/config; another kernel may be as it likes. */
const NAME = '-stasis';

/** Tests of the kernel that the lab makes, on no other. */
export function onOurKernel(): TestFn {
  const also = (): string | undefined =>
    release().endsWith(NAME) ? undefined : `this is ${release()}, not the lab's own kernel`;
  return needing({ root: true, programs: ['python3', 'unshare'], also });
}
