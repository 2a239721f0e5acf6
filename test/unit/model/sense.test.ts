// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import type { VmaEntry } from '../../../src/images/generated/messages.js';
import { checkMappings } from '../../../src/model/sense.js';

const VMA: VmaEntry = { start: 0x1000, end: 0x3000, pgoff: 0, shmid: 0, prot: 3, flags: 0, status: 1, fd: -1 };

function check(...vmas: Partial<VmaEntry>[]): void {
  checkMappings(7, { vmas: vmas.map((vma) => ({ ...VMA, ...vma })) } as never, new Set());
}

test('mappings are whole pages, wherever they are, and of whatever part of a file', (t) => {
  t.notThrows(() => check({}, { start: 0x3000, end: 0x4000, pgoff: 2n ** 62n + 4096n }));
  t.notThrows(() => check({ start: 0xffffffffff600000n, end: 0xffffffffff601000n }));
  const refused = (vma: Partial<VmaEntry>, message: RegExp) => t.throws(() => check(vma), { message });
  refused({ end: 0x3001 }, /mapping 1000-3001 is not made of pages/);
  refused({ end: 2n ** 53n + 1n }, /mm-7.img.*mapping 1000-20000000000001 is not made of pages/);
  refused({ pgoff: 2n ** 53n + 1n }, /mapping 1000-3000 is not made of pages/);
  refused({ pgoff: 100 }, /mapping 1000-3000 is not made of pages/);
});

test('what a mapping is of has no number, and no size, beyond 2^53', (t) => {
  t.throws(() => check({ shmid: 2n ** 53n + 1n }), { message: /mapping 1000-3000 is of 9007199254740993, which nothing is/ });
  t.throws(() => check({ object_size: 2n ** 60n }), { message: /mapping 1000-3000 is of 1152921504606846976, which nothing is/ });
});

test('mappings are in order', (t) => {
  t.throws(() => check({}, { start: 0x2000, end: 0x4000 }), { message: /begins before the one before it ends/ });
});
