// SPDX-License-Identifier: GPL-2.0-only
import { constants } from 'node:os';
import { SIGNALS } from '../../linux/process.js';
import { bytes, duration } from '../../text/units.js';
import { pathOf } from './files.js';
import { type Detail, words } from './look.js';

const SHOWN = 8;
/** First signal of those that glibc calls SIGRTMIN+n: the two below are its own. */
const RTMIN = 34;
/** clock_gettime(2). */
const CLOCKS = new Map([
  [0, 'realtime'],
  [1, 'monotonic'],
  [7, 'boottime'],
  [8, 'realtime alarm'],
  [9, 'boottime alarm'],
]);

export const eventfd: Detail = ({ eventfd: state }) => words(`count ${state?.count ?? 0n}`, state?.semaphore && 'semaphore');

export const epoll: Detail = ({ epoll }) => {
  const targets = epoll?.targets ?? [];
  if (targets.length === 0) return 'watches nothing';
  const names = targets.slice(0, SHOWN).map(({ fd }) => `fd ${fd}`);
  return `watches ${names.join(', ')}${targets.length > SHOWN ? ` and ${targets.length - SHOWN} more` : ''}`;
};

export const timerfd: Detail = ({ timerfd: state }) => {
  if (!state) return '';
  const { clock, ticks, valueSec, valueNsec, intervalSec, intervalNsec } = state;
  const [value, interval] = [valueSec * 1e3 + valueNsec / 1e6, intervalSec * 1e3 + intervalNsec / 1e6];
  return words(
    `${CLOCKS.get(clock) ?? `clock ${clock}`} clock`,
    value > 0 ? `in ${duration(value)}` : interval > 0 ? undefined : 'not armed',
    interval > 0 && `every ${duration(interval)}`,
    ticks > 0n && `${ticks} expired unread`,
  );
};

export const signalfd: Detail = ({ signalfd: state }) => {
  const mask = state?.mask ?? 0n;
  const set = Array.from({ length: SIGNALS }, (_, i) => i + 1).filter((signal) => (mask >> BigInt(signal - 1)) & 1n);
  return set.map(signalName).join(', ') || 'no signal';
};

export const memfd: Detail = (description, { facts }) => {
  const object = facts.memoryObject(description.memfd?.memoryObject ?? 0);
  if (!object) return pathOf(description);
  return words(object.memfd ? object.name : pathOf(description), bytes(object.size));
};

function signalName(signal: number): string {
  const known = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return known ?? (signal >= RTMIN ? `SIGRTMIN+${signal - RTMIN}` : `signal ${signal}`);
}
