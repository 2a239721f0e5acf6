// SPDX-License-Identifier: GPL-2.0-only
import { constants } from 'node:os';
import { big } from '../../../images/wire/u64.js';
import { SIGNALS } from '../../../linux/process.js';
import type { Show } from '../../show-side.js';

/** First signal of those that glibc calls SIGRTMIN+n: the two below are its own. */
const RTMIN = 34;

export const showSignalfd: Show<'signalfd'> = {
  name: () => 'signalfd',
  detail({ signalfd: { mask } }) {
    const set = Array.from({ length: SIGNALS }, (_, i) => i + 1).filter((signal) => (big(mask) >> BigInt(signal - 1)) & 1n);
    return set.map(signalName).join(', ') || 'no signal';
  },
};

function signalName(signal: number): string {
  const known = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return known ?? (signal >= RTMIN ? `SIGRTMIN+${signal - RTMIN}` : `signal ${signal}`);
}
