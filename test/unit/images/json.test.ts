// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { encodeRecords, ImageError, KINDS, type Kind } from '../../../src/images/index.js';
import { parseAddress, printAddress } from '../../../src/images/json/address.js';
import { parseInteger, printInteger } from '../../../src/images/json/integer.js';
import { quote, unquote } from '../../../src/images/json/quopri.js';
import { parse, print } from '../../../src/images/json/text.js';
import { decodeText, encodeText } from '../../../src/images/tools.js';
import { ALL_FIELDS, Samples } from './samples.js';

const kinds: readonly Kind[] = Object.values(KINDS);

/** IP addresses have one or four words. */
function records(kind: Kind, seed: number) {
  const list = new Samples(seed, ALL_FIELDS).records(kind);
  const word = (message: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(message)) {
      if (['src_addr', 'dst_addr', 'local', 'remote', 'rd_prefix', 'relay_prefix'].includes(name))
        message[name] = [1, 0, 0, seed];
      else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
        word(value as Record<string, unknown>);
    }
  };
  for (const { message } of list) word(message as Record<string, unknown>);
  return list;
}

for (const kind of kinds.filter(({ name }) => name !== 'STASIS')) {
  test(`${kind.name} survives JSON, plain and pretty`, (t) => {
    for (const seed of [21, 22]) {
      const bytes = encodeRecords(kind, records(kind, seed));
      t.deepEqual(encodeText('x', decodeText('x', bytes)), bytes);
      t.deepEqual(encodeText('x', decodeText('x', bytes, { pretty: true })), bytes);
    }
  });
}

test('fields that nobody knows survive JSON', (t) => {
  const image = Buffer.concat([encodeRecords(KINDS.FS, []), Buffer.from([8, 0, 0, 0, 8, 1, 16, 2, 0xa0, 0x38, 0x05, 0x38])]);
  image.writeUInt32LE(7, 8);
  const whole = image.subarray(0, 19);
  t.regex(decodeText('fs-1.img', whole), /"\$unknown": "oDgF\\n"/);
  t.deepEqual(encodeText('fs-1.img', decodeText('fs-1.img', whole)), whole);
});

test('JSON that is no image is refused with the reason', (t) => {
  const refused = (text: string, message: RegExp): void => {
    t.throws(() => encodeText('x.json', text), { instanceOf: ImageError, message });
  };
  refused('{', /^cannot encode x\.json: /);
  // One line, whatever of the text is quoted.
  refused('line 1\nline 2', /^cannot encode x\.json: [^\n]*line 1 [^\n]*$/);
  refused('[]', /the text is no object/);
  refused('{"magic":"NOTHING","entries":[]}', /no kind of image is called NOTHING/);
  refused('{"magic":"FS","entries":{}}', /entries is no list/);
  refused('{"magic":"FS","entries":[{"cwd_id":1}]}', /fs_entry\.root_id is missing/);
  refused('{"magic":"FS","entries":[{"cwd_id":1,"root_id":"two"}]}', /entry 0: fs_entry\.root_id: "two" is no number/);
  refused('{"magic":"FS","entries":[{"cwd_id":1,"root_id":2,"color":3}]}', /entry 0: fs_entry has no field color/);
  refused('{"magic":"FILES","entries":[{"type":"SPOON","id":1}]}', /fd_types has no SPOON/);
});

test('numbers of 64 bits pass through JSON text', (t) => {
  const text = '{"a": 18446744073709551615, "b": -9223372036854775808, "c": "12345678901234567890", "d": 1.5, "e": [1, 2]}';
  t.deepEqual(parse(text), {
    a: '18446744073709551615',
    b: '-9223372036854775808',
    c: '12345678901234567890',
    d: 1.5,
    e: [1, 2],
  });
  t.is(print({ a: 2n ** 64n - 1n, b: [1, [], {}], c: 'ü"' }), '{"a": 18446744073709551615, "b": [1, [], {}], "c": "ü\\""}');
  t.is(print({ a: [1] }, 2), '{\n  "a": [\n    1\n  ]\n}');
});

test('integers in words', (t) => {
  const flags = {
    as: 'flags',
    names: [
      ['R', 1],
      ['W', 2],
    ],
  } as const;
  t.is(printInteger(7, flags), 'R | W | 0x4');
  t.is(parseInteger('R | W | 0x4', flags), 7);
  t.is(printInteger(0, flags), '');
  t.is(parseInteger('', flags), 0);
  t.is(printInteger(2n ** 64n - 1n, { as: 'hex' }), '0xffffffffffffffff');
  t.is(parseInteger('0xffffffffffffffff', undefined), 2n ** 64n - 1n);
  t.is(printInteger((254 << 20) | 3, { as: 'dev' }), '254:3');
  t.is(parseInteger('254:3', { as: 'dev' }), (254 << 20) | 3);
  t.is(printInteger(0x100000 + 0x8805, { as: 'odev' }), '136:261');
  t.is(parseInteger('136:261', { as: 'odev' }), 0x108805);
});

test('addresses are written as RFC 5952 says', (t) => {
  for (const text of ['127.0.0.1', '::', '::1', 'fe80::1', '2001:db8::1:0:0:1', '1:2:3:4:5:6:7:8', '1:0:3:4:5:6:7:8']) {
    t.is(printAddress(parseAddress(text)), text);
  }
  t.deepEqual(parseAddress('::ffff:1.2.3.4'), parseAddress('::ffff:102:304'));
  t.throws(() => parseAddress('localhost'), { instanceOf: TypeError });
});

test('names of sockets are quoted', (t) => {
  t.is(quote(Buffer.from('\0abstract=x')), '=00abstract=3Dx');
  t.is(quote(Buffer.from('end ')), 'end=20');
  for (let seed = 1; seed < 60; seed++) {
    const bytes = new Samples(seed, ALL_FIELDS).bytes(108);
    t.deepEqual(unquote(quote(bytes)), bytes);
  }
});
