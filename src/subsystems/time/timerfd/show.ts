// SPDX-License-Identifier: GPL-2.0-only
import type { U64 } from '../../../images/wire/u64.js';
import { duration } from '../../../text/units.js';
import { type Show, words } from '../../show-side.js';

/** clock_gettime(2). */
const CLOCKS = new Map([
  [0, 'realtime'],
  [1, 'monotonic'],
  [7, 'boottime'],
  [8, 'realtime alarm'],
  [9, 'boottime alarm'],
]);

export const showTimerfd: Show<'timerfd'> = {
  name: () => 'timerfd',
  detail({ timerfd: { clock, ticks, valueSec, valueNsec, intervalSec, intervalNsec } }) {
    const [value, interval] = [milliseconds(valueSec, valueNsec), milliseconds(intervalSec, intervalNsec)];
    return words(
      `${CLOCKS.get(clock) ?? `clock ${clock}`} clock`,
      value > 0 ? `in ${duration(value)}` : interval > 0 ? undefined : 'not armed',
      interval > 0 && `every ${duration(interval)}`,
      ticks > 0 && `${ticks} expired unread`,
    );
  },
};

function milliseconds(seconds: U64, ns: U64): number {
  return Number(seconds) * 1e3 + Number(ns) / 1e6;
}
