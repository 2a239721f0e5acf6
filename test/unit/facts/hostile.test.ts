// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { decodeInner, decodeSurvey, decodeThread, type Survey } from '../../../src/facts/generated.js';
import { FactsReader } from '../../../src/facts/reader.js';
import { WireError } from '../../../src/images/wire/reader.js';
import { encodeFacts } from '../fake/facts.js';
import * as fake from '../fake/tree.js';

const TREE = fake.survey(
  {
    tasks: [
      { pid: 7, ppid: 1, threads: [7, 8], fds: [{ fd: 3, description: 1 }] },
      { pid: 9, ppid: 7 },
    ],
    descriptions: [{ id: 1, pid: 7, fd: 3, eventfd: { count: '18446744073709551614' } }],
  },
  { path: Buffer.from('/bin/true') },
);

function survey(bytes: Uint8Array): Survey {
  return decodeSurvey(new FactsReader(bytes), bytes.length);
}

test('a field that nobody knows is no fact to be passed over', (t) => {
  // Survey has no field 90, and Inner.pid (1) is no bytes.
  const refused = (decode: () => unknown, message: RegExp) => t.throws(decode, { instanceOf: WireError, message });
  refused(() => survey(Buffer.from([0xd0, 0x05, 1])), /Survey has a field 90 of wire type 0/);
  refused(() => decodeInner(new FactsReader(Buffer.from([0x0a, 1, 1])), 3), /Inner has a field 1 of wire type 2/);
});

test('a part does not reach beyond the whole', (t) => {
  const refused = (bytes: number[], message: RegExp) =>
    t.throws(() => survey(Buffer.from(bytes)), { instanceOf: WireError, message });
  // A task of three bytes, whose name is said to have nine; then one of nine in a survey of four.
  refused([0x0a, 3, 0x3a, 9, 65, 0x18, 0, 0, 0, 0, 0, 0, 0], /Task goes 8 bytes beyond its end/);
  refused([0x0a, 9, 0x08, 1], /ends 7 B too early/);
  // Task.threads[0].credentials.groups: a packed list whose last number goes on behind it.
  const list = [0x4a, 1, 0x80, 1];
  const wrapped = (tag: number, inner: number[]) => [tag, inner.length, ...inner];
  refused(wrapped(0x0a, wrapped(0x42, wrapped(0x1a, list))), /Credentials.groups goes 1 bytes beyond its end/);
  // A list of mappings in which one reaches into what follows.
  refused([0x0a, 4, 0xa2, 1, 5, 8, 1, 1, 1, 1, 1], /part at offset 5 goes 4 bytes beyond the end of the whole/);
});

test('facts that are cut are told, wherever', (t) => {
  const whole = JSON.stringify(survey(TREE), text);
  for (let length = 0; length < TREE.length; length += 3) {
    try {
      // A cut between fields of the survey leaves less of it.
      t.not(JSON.stringify(survey(TREE.subarray(0, length)), text), whole);
    } catch (error) {
      t.true(error instanceof WireError, String(error));
    }
  }
});

test('whatever the bytes are, they are read or refused', (t) => {
  let refused = 0;
  for (let turn = 0, seed = 7; turn < 3000; turn++) {
    const changed = Buffer.from(TREE);
    for (let i = 0; i < 3; i++) {
      seed = (seed * 48271) % 2147483647;
      changed[seed % changed.length] = seed >>> 8;
    }
    try {
      survey(changed);
    } catch (error) {
      refused++;
      t.true(error instanceof WireError || error instanceof RangeError, String(error));
      t.notRegex(String(error), /undefined|NaN|call stack/);
    }
  }
  t.true(refused > 100);
});

test('a thread is read to its end, and no further', (t) => {
  const bytes = encodeFacts('Thread', { tid: 7, comm: 'x' });
  t.is(decodeThread(new FactsReader(Buffer.concat([bytes, Buffer.alloc(8, 0xff)])), bytes.length).tid, 7);
});

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
