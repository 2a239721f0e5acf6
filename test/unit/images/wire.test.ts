// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import protobuf from 'protobufjs';
import { CODEC } from '../../../src/images/codec.js';
import { SCHEMA } from '../../../src/images/generated/schema.js';
import { big, fromBig, num } from '../../../src/images/index.js';
import { type Loose, UNKNOWN } from '../../../src/images/wire/codec.js';
import { Reader, WireError } from '../../../src/images/wire/reader.js';
import { Writer } from '../../../src/images/wire/writer.js';
import { ALL_FIELDS, REQUIRED_FIELDS, Samples } from './samples.js';

const proto = fileURLToPath(new URL('../../../proto/', import.meta.url));
const names = Object.keys(SCHEMA);

function encode(name: string, message: object): Buffer {
  const writer = new Writer();
  CODEC.write(name, message, writer);
  return writer.finish();
}

function decode(name: string, bytes: Uint8Array): Loose {
  return CODEC.read(name, new Reader(bytes), bytes.length);
}

/** The independent judge: protobufjs itself, on the schemas as they are written. */
function oracle(): (name: string) => protobuf.Type {
  const root = new protobuf.Root();
  root.resolvePath = (_, target) => proto + target;
  root.loadSync([...readdirSync(`${proto}criu`).map((name) => `criu/${name}`), 'stasis/manifest.proto'], { keepCase: true });
  return (name) => root.lookupType(name in SCHEMA && /^[A-Z]/.test(name) ? `stasis.${name}` : `criu.${name}`);
}

/** Long-like objects in place of bigints, which protobufjs does not take. */
function forOracle(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: value >= 0n };
  }
  if (Array.isArray(value)) return value.map(forOracle);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, forOracle(item)]));
}

test('every message is encoded as protobufjs encodes it, and read back the same', (t) => {
  const lookup = oracle();
  for (const name of names) {
    for (const [seed, extent] of [
      [1, ALL_FIELDS],
      [77, ALL_FIELDS],
      [31, REQUIRED_FIELDS],
    ] as const) {
      const message = new Samples(seed, extent).message(name);
      const bytes = encode(name, message);
      t.deepEqual(
        bytes,
        Buffer.from(
          lookup(name)
            .encode(forOracle(message) as Record<string, unknown>)
            .finish(),
        ),
        name,
      );
      t.deepEqual(encode(name, decode(name, bytes)), bytes, name);
      t.deepEqual(present(decode(name, bytes)), present(message), name);
    }
  }
});

/** Without what is absent, and with plain bytes, so that what was read equals what was written. */
function present(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== 'object' || value === null) return value;
  const filled = Object.entries(value).filter(([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0));
  return Object.fromEntries(filled.map(([name, item]) => [name, present(item)]).sort());
}

test('64-bit numbers are exact, and numbers where they can be', (t) => {
  for (const value of [0, 127, 128, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    const entry = decode('rlimit_entry', encode('rlimit_entry', { cur: value, max: big(value) }));
    t.is(entry['cur'], value);
    t.is(entry['max'], fromBig(big(value)));
  }
  t.is(num(2 ** 53 - 1), 2 ** 53 - 1);
  t.throws(() => num(2n ** 53n), { instanceOf: RangeError });
});

test('values that do not fit are refused, by the name of the field', (t) => {
  const refused = (name: string, message: object, field: string): void => {
    t.throws(() => encode(name, message), { instanceOf: TypeError, message: new RegExp(`^${name}\\.${field} `) });
  };
  refused('fs_entry', { cwd_id: 2 ** 32, root_id: 1 }, 'cwd_id');
  refused('fs_entry', { cwd_id: -1, root_id: 1 }, 'cwd_id');
  refused('fs_entry', { cwd_id: 1.5, root_id: 1 }, 'cwd_id');
  refused('fs_entry', { cwd_id: 1 }, 'root_id');
  refused('rlimit_entry', { cur: 2 ** 53, max: 0 }, 'cur');
  refused('rlimit_entry', { cur: 2n ** 64n, max: 0 }, 'cur');
  refused('rlimit_entry', { cur: -1n, max: 0 }, 'cur');
  refused('utsns_entry', { nodename: 1, domainname: '' }, 'nodename');
  refused('siginfo_entry', { siginfo: 'text' }, 'siginfo');
});

test('what the schema does not know survives', (t) => {
  const known = encode('fs_entry', { cwd_id: 1, root_id: 2, umask: 18 });
  // Field 900: a number, field 901: five bytes.
  const bytes = Buffer.concat([known, Buffer.from([0xa0, 0x38, 0x05, 0xaa, 0x38, 0x05, 1, 2, 3, 4, 5])]);
  const message = decode('fs_entry', bytes);
  t.is(message['umask'], 18);
  t.is(message[UNKNOWN]?.length, 2);
  t.deepEqual(encode('fs_entry', message), bytes);
});

test('packed lists are read too', (t) => {
  const entry = decode('pstree_entry', Buffer.from([8, 1, 16, 0, 24, 1, 32, 1, 0x2a, 3, 5, 6, 7]));
  t.deepEqual(entry['threads'], [5, 6, 7]);
});

test('damage is noticed wherever a message is cut', (t) => {
  for (const name of ['core_entry', 'mm_entry', 'file_entry', 'tty_info_entry']) {
    const bytes = encode(name, new Samples(5, ALL_FIELDS).message(name));
    for (let length = 0; length < bytes.length; length += 7) {
      const cut = bytes.subarray(0, length);
      try {
        // A cut between fields is only noticed by a required field that is missing.
        t.notDeepEqual(encode(name, decode(name, cut)), bytes);
      } catch (error) {
        t.true(error instanceof WireError, String(error));
      }
    }
  }
});

test('a message must not go beyond its end', (t) => {
  // fs_entry of 3 bytes whose last number goes on.
  t.throws(() => CODEC.read('fs_entry', new Reader(Buffer.from([8, 1, 16, 0x80, 1])), 4), {
    instanceOf: WireError,
    message: /beyond its end/,
  });
  t.throws(() => decode('fs_entry', Buffer.from([9, 1, 1, 1, 1, 1, 1, 1, 1])), {
    instanceOf: WireError,
    message: /wire type 1 instead of 0/,
  });
  t.throws(() => decode('fs_entry', Buffer.from([0, 1])), { instanceOf: WireError, message: /field number 0/ });
  t.throws(() => decode('fs_entry', Buffer.alloc(11, 0xff)), { instanceOf: WireError });
});
