// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import test from 'ava';
import protobuf from 'protobufjs';
import * as generated from '../../../src/facts/generated.js';
import { FactsReader } from '../../../src/facts/reader.js';
import { fromBig } from '../../../src/images/wire/u64.js';
import { encodeFacts } from '../fake/facts.js';

type Decode = (reader: FactsReader, end: number) => Record<string, unknown>;

const space = protobuf
  .parse(readFileSync(new URL('../../../proto/stasis/facts.proto', import.meta.url), 'utf8'))
  .root.lookup('stasis.facts') as protobuf.Namespace;
const fields = space.nestedArray.flatMap((item) =>
  item instanceof protobuf.Type ? item.fieldsArray.filter(({ type }) => type.endsWith('64')) : [],
);
const decoders = generated as unknown as Readonly<Record<string, Decode>>;

const SMALL = [1n, 127n, 128n, 2n ** 28n, 2n ** 32n - 1n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 53n - 1n];
const LARGE = [2n ** 53n + 1n, 2n ** 56n - 1n, 2n ** 63n - 1n];
const UNSIGNED = [2n ** 63n, 2n ** 63n + 1n, 2n ** 64n - 4095n, 2n ** 64n - 1n];
const NEGATIVE = [-1n, -(2n ** 31n), -(2n ** 53n) - 1n, -(2n ** 63n)];

/** What a field is after it has crossed, and its bytes. */
function crossed({ parent, name }: protobuf.Field, value: bigint): { bytes: Buffer; read: unknown } {
  const bytes = encodeFacts(parent?.name ?? '', { [name]: String(value) });
  const decoded = decoders[`decode${parent?.name}`]?.(new FactsReader(bytes), bytes.length);
  return { bytes, read: decoded?.[name] };
}

test('every field of 64 bits is exact, and comes back as the bytes it was', (t) => {
  const exact = fields.filter(({ options }) => options?.['jstype'] === undefined);
  t.true(exact.length > 60);
  for (const field of exact) {
    for (const value of [0n, ...SMALL, ...LARGE, ...(field.type === 'int64' ? NEGATIVE : UNSIGNED)]) {
      const { bytes, read } = crossed(field, value);
      t.is(read, fromBig(value), `${field.fullName} of ${value}`);
      t.deepEqual(encodeFacts(field.parent?.name ?? '', { [field.name]: String(read) }), bytes);
    }
  }
});

test('a field that is read as a number is exact below 2^53 and for whole pages, and is refused by name for all else', (t) => {
  const numbers = fields.filter(({ options }) => options?.['jstype'] === 'JS_NUMBER');
  t.true(numbers.length > 8);
  for (const field of numbers) {
    for (const value of [0n, ...SMALL]) t.is(crossed(field, value).read, Number(value), field.fullName);
    for (const page of [2n ** 56n - 4096n, 0xffffffffff600000n, 2n ** 64n - 4096n]) {
      const { read } = crossed(field, page);
      t.is(typeof read, 'number');
      t.is(BigInt(read as number), page, field.fullName);
    }
    for (const value of [...LARGE, ...UNSIGNED.filter((each) => each % 4096n !== 0n)])
      t.throws(() => crossed(field, value), {
        instanceOf: RangeError,
        message: `${field.parent?.name}.${field.name} is ${value}, neither below 2^53 nor whole pages`,
      });
  }
});
