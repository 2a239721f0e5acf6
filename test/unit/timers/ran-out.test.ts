// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import type { Inner, PosixTimer, Task } from '../../../src/facts/generated.js';
import { RanOut } from '../../../src/subsystems/time/timers/ran-out.js';

const SIGALRM = 14;
const SI_TIMER = -2;
const MS = 1_000_000n;

function info(signal: number, code = 0, tid = 0): Buffer {
  const bytes = Buffer.alloc(128);
  bytes.writeInt32LE(signal, 0);
  bytes.writeInt32LE(code, 8);
  bytes.writeInt32LE(tid, 16);
  return bytes;
}

/** Timers read at 1 s, signals 5 ms later. */
function ranOut(shared: Buffer[], ofThread: Buffer[] = []): RanOut {
  const inner = { timersReadNs: 1000n * MS, pendingReadNs: 1005n * MS, sharedPending: Buffer.concat(shared) };
  return new RanOut(inner as unknown as Inner, { threads: [{ pending: Buffer.concat(ofThread) }] } as unknown as Task);
}

test('a timer that had more left than went by is told as it was read', (t) => {
  const setting = { value: 6n * MS, interval: 0n };
  t.is(ranOut([]).interval(setting, SIGALRM), setting);
  t.is(ranOut([]).posix(setting, 0, false), setting);
  const off = { value: 0n, interval: 3n * MS };
  t.is(ranOut([info(SIGALRM)]).interval(off, SIGALRM), off);
});

test('one whose signal is there has ended', (t) => {
  t.deepEqual(ranOut([info(SIGALRM)]).interval({ value: 2n * MS, interval: 0n }, SIGALRM), { value: 0n, interval: 0n });
  t.deepEqual(ranOut([info(SIGALRM)]).interval({ value: 2n * MS, interval: 9n }, SIGALRM), { value: 0n, interval: 9n });
  const posix = ranOut([], [info(34, SI_TIMER, 7)]);
  t.deepEqual(posix.posix({ value: 2n * MS, interval: 0n }, 7, false), { value: 0n, interval: 0n });
  // 3 ms after its end, every 2 ms: 1 ms is left to the next.
  t.deepEqual(posix.posix({ value: 2n * MS, interval: 2n * MS }, 7, false), { value: 1n * MS, interval: 2n * MS });
});

test('one whose signal is not there yet is about to end, so that it is not lost', (t) => {
  t.deepEqual(ranOut([]).interval({ value: 2n * MS, interval: 0n }, SIGALRM), { value: 1000n, interval: 0n });
  const others = ranOut([info(34, SI_TIMER, 6), info(34, -1, 7)]);
  t.deepEqual(others.posix({ value: 2n * MS, interval: 0n }, 7, false), { value: 1n, interval: 0n });
});

test('one without a signal needs none', (t) => {
  t.deepEqual(ranOut([]).posix({ value: 5n * MS, interval: 0n }, 7, true), { value: 0n, interval: 0n });
});

test('one that rests until its signal is taken is told with the periods it has missed', (t) => {
  const pending = ranOut([info(34, SI_TIMER, 7)]);
  const timer = (more: object) => ({ id: 7, known: true, waiting: true, periods: 3, ...more }) as unknown as PosixTimer;
  const setting = { value: 1n * MS, interval: 10n * MS };
  // Three periods before what was left when it was read, 5 ms ago.
  t.is(pending.expired(setting, timer({}), true), 34n * MS);
  t.is(pending.expired(setting, timer({}), false), 29n * MS);
  t.is(pending.expired(setting, timer({ periods: 0 }), true), 4n * MS);
  t.is(pending.expired(setting, timer({ known: false }), true), 14n * MS);
  t.is(pending.expired(setting, timer({ waiting: false }), true), undefined);
  t.is(pending.expired(setting, timer({ id: 8 }), true), undefined);
  t.is(pending.expired({ value: 0n, interval: 0n }, timer({}), true), 0n);
  t.is(pending.expired({ value: 3n, interval: 0n }, timer({}), true), undefined);
});
