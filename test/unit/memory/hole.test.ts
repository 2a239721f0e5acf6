// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { StasisError } from '../../../src/errors/index.js';
import { findHoles, holesFor, type Range } from '../../../src/subsystems/memory/mappings/hole.js';

const TIB = 2 ** 40;
const MIB = 2 ** 20;

function isFree(hole: number, size: number, taken: readonly Range[]): boolean {
  return taken.every(({ start, end }) => hole + size <= start || hole >= end);
}

test('an ordinary layout leaves many holes, none near where the kernel puts things', (t) => {
  const taken = [
    { start: 0x5555_5555_4000, end: 0x5555_5556_0000 },
    { start: 0x7fff_f7d0_0000, end: 0x7fff_ffff_f000 },
  ];
  const holes = findHoles(taken, 4 * MIB, 16);
  t.true(holes.length >= 10);
  for (const hole of holes) {
    t.is(hole % (2 * MIB), 0);
    t.true(isFree(hole, 4 * MIB, taken));
    t.true(hole < 0x5400_0000_0000 || (hole >= 0x5800_0000_0000 && hole < 0x7e00_0000_0000));
  }
  t.is(new Set(holes).size, holes.length);
});

test('reservations of terabytes are gone around', (t) => {
  const taken = [{ start: 0x1000_0000, end: 60 * TIB }];
  const holes = findHoles(taken, 100 * MIB, 16);
  t.true(holes.length > 0);
  for (const hole of holes) t.true(isFree(hole, 100 * MIB, taken));
});

test('small gaps between large mappings are found', (t) => {
  const taken = [
    { start: 0, end: 20 * TIB },
    { start: 20 * TIB + 64 * MIB, end: 0x7fff_ffff_f000 },
  ];
  const holes = findHoles(taken, 16 * MIB, 16);
  t.is(holes.length, 1);
  t.true(isFree(holes[0] as number, 16 * MIB, taken));
});

test('a full address space has none', (t) => {
  t.deepEqual(findHoles([{ start: 0, end: 0x7fff_ffff_f000 }], 4096, 16), []);
});

test('where nearly all is taken, gaps near the seed, low ones and small ones are tried', (t) => {
  const size = 300 * 1024;
  for (const [start, end] of [
    [0x5500_0000_0000, 0x5500_0006_0000],
    [0x7fff_0000_0000, 0x7fff_0005_0000],
    [0x10_0000, 0x20_0000],
    [20 * TIB + 4096, 20 * TIB + 4096 + size],
  ] as const) {
    const taken = [
      { start: 0, end: start },
      { start: end, end: 0x7fff_ffff_f000 },
    ];
    const holes = findHoles(taken, size, 16);
    t.true(holes.length > 0);
    for (const hole of holes) {
      t.true(isFree(hole, size, taken));
      t.is(hole % 4096, 0);
    }
  }
});

test('without a gap that is large enough the error names what is needed and what there is', (t) => {
  const taken = [
    { start: 0, end: TIB },
    { start: TIB + 200 * 1024, end: 0x7fff_ffff_f000 },
  ];
  const error = t.throws(() => holesFor(taken, 300 * 1024, 16), { instanceOf: StasisError });
  t.is(error.kind, 'host');
  t.regex(error.message, /300 KiB/);
  t.regex(error.message, /200 KiB/);
  t.deepEqual(holesFor(taken, 200 * 1024, 16), [TIB]);
});
