// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { exponent, type Point } from '../../../scripts/bench/growth/exponent.js';
import { chosenKinds, KINDS } from '../../../scripts/bench/growth/kinds.js';
import { isFine } from '../../../scripts/bench/growth/render.js';

/** Points of a time that has a fixed part of 50 ms. */
function points(time: (n: number) => number): Point[] {
  return [1, 100, 1000, 3000, 9000].map((n) => ({ n, ms: 50 + time(n), cpuMs: 50 + time(n) }));
}

function close(t: { true(value: boolean, message?: string): void }, is: number | undefined, wanted: number): void {
  t.true(is !== undefined && Math.abs(is - wanted) < 0.01, `${is} instead of ${wanted}`);
}

test('the fixed part is taken off, and the power is that of the largest sizes', (t) => {
  close(t, exponent(points((n) => n / 10)), 1);
  close(t, exponent(points((n) => n ** 2 / 1000)), 2);
  close(
    t,
    exponent(
      points((n) => n ** 1.5 / 100),
      'cpuMs',
    ),
    1.5,
  );
});

test('too little growth tells nothing', (t) => {
  t.is(exponent(points(() => 0)), undefined);
  t.is(exponent([]), undefined);
  t.is(exponent([{ n: 1, ms: 50, cpuMs: 50 }]), undefined);
});

test('what grows by more than the goal is not fine, nor is a run that does not count', (t) => {
  const [kind] = KINDS;
  if (!kind) return t.fail();
  const slow = points((n) => n ** 2 / 1000);
  const good = points((n) => n / 10);
  t.true(isFine([{ kind, dump: good, restore: good, thrownOut: [] }]));
  t.false(isFine([{ kind, dump: good, restore: slow, thrownOut: [] }]));
  t.false(isFine([{ kind, dump: good, restore: good, thrownOut: ['it ended'] }]));
});

test('kinds by id', (t) => {
  t.is(chosenKinds([]).length, KINDS.length);
  t.deepEqual(
    chosenKinds(['threads', 'regular']).map(({ id }) => id),
    ['regular', 'threads'],
  );
  t.throws(() => chosenKinds(['nothing']), { message: /there is no kind nothing/ });
});
