// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';

const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;
const CLOCK_BOOTTIME_ALARM = 9;

/** What a clock of clock_gettime(2) shows, in nanoseconds; to the 10 ms of /proc/uptime for those that count from boot. */
export function clockNow(clock: number): bigint {
  switch (clock) {
    case CLOCK_MONOTONIC:
      return process.hrtime.bigint();
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      return BigInt(Math.round(Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 100)) * 10_000_000n;
    default:
      return BigInt(Date.now()) * 1_000_000n;
  }
}
