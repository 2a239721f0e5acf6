// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { bytes, count, duration } from '../../../src/text/units.js';

test('bytes have three digits at most', (t) => {
  t.is(bytes(0), '0 B');
  t.is(bytes(999), '999 B');
  t.is(bytes(1000), '0.98 KiB');
  t.is(bytes(1536), '1.50 KiB');
  t.is(bytes(12.3 * 2 ** 20), '12.3 MiB');
  t.is(bytes(2 ** 30), '1.00 GiB');
  t.is(bytes(2 ** 53), '8.00 PiB');
});

test('durations', (t) => {
  t.is(duration(8.123), '8.12 ms');
  t.is(duration(66.14), '66.1 ms');
  t.is(duration(999), '999 ms');
  t.is(duration(1350), '1.35 s');
});

test('counts', (t) => {
  t.is(count(1, 'task'), '1 task');
  t.is(count(0, 'task'), '0 tasks');
});
