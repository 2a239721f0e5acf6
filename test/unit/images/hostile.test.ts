// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { CODEC } from '../../../src/images/codec.js';
import { SCHEMA } from '../../../src/images/generated/schema.js';
import type { Loose } from '../../../src/images/wire/codec.js';
import { Reader, WireError } from '../../../src/images/wire/reader.js';
import { Writer } from '../../../src/images/wire/writer.js';
import { ALL_FIELDS, Samples } from './samples.js';

function decode(name: string, bytes: Uint8Array): Loose {
  return CODEC.read(name, new Reader(bytes), bytes.length);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

const READS: readonly (keyof Reader)[] = ['tag', 'u32', 'i32', 's32', 'u64', 'i64', 's64', 'bool', 'string', 'bytes'];

function read(how: keyof Reader, bytes: readonly number[]): unknown {
  const reader = new Reader(Uint8Array.from(bytes));
  return (reader[how] as () => unknown).call(reader);
}

test('a number that ends too early, or never, or has more than 64 bits', (t) => {
  for (const how of READS) {
    for (const length of [0, 1, 2, 4, 5, 7, 8, 9])
      t.throws(() => read(how, new Array(length).fill(0xff)), { instanceOf: WireError }, `${how} of ${length}`);
    t.throws(() => read(how, [...new Array(10).fill(0x80), 0]), { instanceOf: WireError }, how);
    t.throws(() => read(how, [...new Array(9).fill(0xff), 2]), { instanceOf: WireError }, how);
  }
  t.is(read('u64', [...new Array(9).fill(0xff), 1]), 2n ** 64n - 1n);
});

test('numbers at the ends of each form they have', (t) => {
  const bits = [0, 6, 7, 13, 14, 27, 28, 31, 32, 48, 49, 52, 53, 55, 56, 62, 63];
  for (const value of bits.flatMap((bit) => [2n ** BigInt(bit), 2n ** BigInt(bit + 1) - 1n])) {
    const bytes = varint(value);
    t.is(BigInt(read('u64', bytes) as number), value);
    t.is(BigInt(read('i64', bytes) as number), BigInt.asIntN(64, value));
    t.is(BigInt(read('s64', bytes) as number), value % 2n === 0n ? value / 2n : -(value + 1n) / 2n);
    t.is(read('u32', bytes), Number(BigInt.asUintN(32, value)));
    t.is(read('i32', bytes), Number(BigInt.asIntN(32, value)));
    t.is(read('bool', bytes), value !== 0n);
    if (value < 2n ** 32n) t.is(read('tag', bytes), Number(value));
    else t.throws(() => read('tag', bytes), { instanceOf: WireError });
  }
});

test('a padded number is the number', (t) => {
  t.is(read('u64', [0x85, 0x80, 0x80, 0x00]), 5);
  t.is(read('u64', [0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), 5);
  t.is(read('tag', [0x8a, 0x00]), 10);
});

test('a length is not cut to 32 bits, and not believed', (t) => {
  for (const length of [2n ** 32n + 1n, 2n ** 53n, 2n ** 64n - 1n, 3n])
    for (const how of ['string', 'bytes'] as const)
      t.throws(() => read(how, [...varint(length), 65, 66]), { instanceOf: WireError }, `${how} of ${length}`);
  t.throws(() => new Reader(Uint8Array.from([...varint(2n ** 32n), 0])).skip(2), { instanceOf: WireError });
  t.throws(() => new Reader(Uint8Array.from([5, 0, 0])).until(3), { instanceOf: WireError });
});

test('a message ends within the one around it', (t) => {
  // file_entry.reg (3), said to be longer than the file_entry that it is in, with bytes enough behind both.
  const bytes = Buffer.from([0x1a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  t.throws(() => CODEC.read('file_entry', new Reader(bytes), 4), {
    instanceOf: WireError,
    message: /beyond the end of the whole/,
  });
});

test('a packed list ends within its message, and its last number in it', (t) => {
  // pstree_entry.threads (5).
  const head = [8, 1, 16, 0, 24, 1, 32, 1];
  const refused = (list: number[], message: RegExp) =>
    t.throws(() => decode('pstree_entry', Buffer.from([...head, ...list])), { instanceOf: WireError, message });
  refused([0x2a, 9, 5], /ends 8 B too early/);
  refused([0x2a, 1, 0x85, 1], /threads goes 1 bytes beyond its end/);
});

test('messages lie in each other as deep as they may, and no deeper', (t) => {
  // dir_name (1) and children (2).
  const nested = (depth: number): Uint8Array => {
    let bytes = [0x0a, 1, 120];
    for (let i = 0; i < depth; i++) bytes = [0x0a, 1, 120, 0x12, ...varint(BigInt(bytes.length)), ...bytes];
    return Uint8Array.from(bytes);
  };
  t.notThrows(() => decode('cgroup_dir_entry', nested(100)));
  t.throws(() => decode('cgroup_dir_entry', nested(101)), { instanceOf: WireError, message: /lies in more than 100 others/ });
  t.throws(() => decode('cgroup_dir_entry', nested(3000)), { instanceOf: WireError, message: /lies in more than 100 others/ });
  // It is counted anew for each.
  t.notThrows(() => decode('cgroup_dir_entry', nested(100)));
});

test('whatever the bytes are, they are a message or a WireError', (t) => {
  let [seed, refused] = [99, 0];
  for (const name of Object.keys(SCHEMA)) {
    const writer = new Writer();
    CODEC.write(name, new Samples(3, ALL_FIELDS).message(name), writer);
    const bytes = writer.finish();
    for (let turn = 0; turn < 60 && bytes.length > 0; turn++) {
      const changed = Buffer.from(bytes);
      for (let i = 0; i < 2; i++) {
        seed = (seed * 48271) % 2147483647;
        changed[seed % changed.length] = seed >>> 8;
      }
      try {
        decode(name, changed);
      } catch (error) {
        refused++;
        t.true(error instanceof WireError, `${name}: ${error}`);
      }
    }
  }
  t.true(refused > 500);
});
