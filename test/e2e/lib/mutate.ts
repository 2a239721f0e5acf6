// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  crc32,
  decodeManifest,
  decodeRecords,
  encodeManifest,
  encodeRecords,
  type ImageRecord,
  kindOfName,
  MANIFEST,
} from '../../../src/images/index.js';

/** Numbers in a repeatable order. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed % 0x7fff_fffe) + 1;
  }

  below(limit: number): number {
    this.#state = (this.#state * 48271) % 0x7fff_ffff;
    return this.#state % limit;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

/** Something of a message that can be changed. */
interface Place {
  readonly path: string;
  readonly value: unknown;
  set(value: unknown): void;
}

/** A directory of images, of which one is altered at a time so that every size and checksum is right. */
export class Mutator {
  readonly #dir: string;
  readonly #bytes = new Map<string, Buffer>();
  readonly #names: readonly string[];

  constructor(dir: string) {
    this.#dir = dir;
    for (const name of readdirSync(dir)) this.#bytes.set(name, readFileSync(join(dir, name)));
    this.#names = [...this.#bytes.keys()].filter((name) => name !== MANIFEST && isMessages(name)).sort();
  }

  /** Alters something; returns what, in words. */
  mutate(random: Random): string {
    for (;;) {
      const name = random.of(this.#names);
      const altered = this.#altered(name, random);
      if (!altered || altered.bytes.equals(this.#bytes.get(name) as Buffer)) continue;
      writeFileSync(join(this.#dir, name), altered.bytes);
      writeFileSync(join(this.#dir, MANIFEST), this.#manifestWith(name, altered.bytes));
      return `${name}: ${altered.what}`;
    }
  }

  /** Everything as it was. */
  mend(): void {
    for (const [name, bytes] of this.#bytes) writeFileSync(join(this.#dir, name), bytes);
  }

  #altered(name: string, random: Random): { what: string; bytes: Buffer } | undefined {
    const { kind, records } = decodeRecords(name, Buffer.from(this.#bytes.get(name) as Buffer));
    const list = [...records];
    const what = random.below(12) === 0 ? alterList(list, random) : alterField(list, random);
    if (what === undefined) return undefined;
    try {
      return { what, bytes: encodeRecords(kind, list) };
    } catch {
      // A value that the format cannot hold.
      return undefined;
    }
  }

  #manifestWith(name: string, bytes: Buffer): Buffer {
    const { files, version: _, ...about } = decodeManifest(this.#bytes.get(MANIFEST) as Buffer);
    const sums = files.map((file) => ({ ...file, size: Number(file.size) }));
    return encodeManifest(
      sums.map((file) => (file.name === name ? { name, size: bytes.length, crc32: crc32(bytes) } : file)),
      about,
    );
  }
}

function isMessages(name: string): boolean {
  const kind = kindOfName(name);
  return kind !== undefined && kind !== 'raw';
}

/** Entries as wholes: one less, one twice, two in the other order. */
function alterList(records: ImageRecord[], random: Random): string | undefined {
  if (records.length === 0) return undefined;
  const at = random.below(records.length);
  const record = records[at] as ImageRecord;
  switch (random.below(3)) {
    case 0:
      records.splice(at, 1);
      return `entry ${at} removed`;
    case 1:
      records.splice(at, 0, record);
      return `entry ${at} twice`;
    default: {
      const other = random.below(records.length);
      records[at] = records[other] as ImageRecord;
      records[other] = record;
      return `entries ${at} and ${other} swapped`;
    }
  }
}

function alterField(records: readonly ImageRecord[], random: Random): string | undefined {
  const places = records.flatMap(({ message }, i) => [...placesIn(message as Record<string, unknown>, `entry ${i}`)]);
  if (places.length === 0) return undefined;
  // Fields have equal chances, however many entries and values they have.
  const fields = [...new Set(places.map(fieldOf))].sort();
  const field = random.of(fields);
  const same = places.filter((place) => fieldOf(place) === field);
  const place = random.of(same);
  const value = random.below(8) === 0 ? random.of(same).value : altered(place.value, random);
  place.set(value);
  return `${place.path}: ${show(place.value)} → ${show(value)}`;
}

function fieldOf({ path }: Place): string {
  return path.replaceAll(/\d+/g, '');
}

function* placesIn(message: Record<string, unknown>, path: string): Generator<Place> {
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined) continue;
    const set = (to: unknown): void => {
      message[name] = to;
    };
    yield { path: `${path}.${name}`, value, set };
    if (Array.isArray(value)) yield* placesOf(value, `${path}.${name}`);
    else if (isMessage(value)) yield* placesIn(value, `${path}.${name}`);
  }
}

function* placesOf(list: unknown[], path: string): Generator<Place> {
  for (const [i, value] of list.entries()) {
    if (isMessage(value)) yield* placesIn(value, `${path}[${i}]`);
    else {
      const set = (to: unknown): void => {
        list[i] = to;
      };
      yield { path: `${path}[${i}]`, value, set };
    }
  }
}

function isMessage(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value);
}

const EDGES = [0n, 1n, 2n, 3n, 255n, 4095n, 4096n, 65535n, 1n << 20n, (1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n];
const FAR = [(1n << 47n) - 4096n, 1n << 47n, (1n << 53n) - 1n, 1n << 53n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, -1n];

function altered(value: unknown, random: Random): unknown {
  if (random.below(10) === 0) return undefined;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number' || typeof value === 'bigint') return shortest(alteredNumber(BigInt(value), random));
  if (typeof value === 'string') return alteredText(value, random);
  if (value instanceof Uint8Array) return alteredBytes(value, random);
  if (Array.isArray(value)) return alteredArray(value, random);
  return undefined;
}

function alteredNumber(value: bigint, random: Random): bigint {
  switch (random.below(5)) {
    case 0:
      return random.of(EDGES);
    case 1:
      return random.of(FAR);
    case 2:
      return value + BigInt(random.of([1, -1, 4096, -4096, 16]));
    case 3:
      return value ^ (1n << BigInt(random.below(48)));
    default:
      return value * BigInt(random.of([2, 3, 1000, -1]));
  }
}

function shortest(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function alteredText(value: string, random: Random): string {
  return random.of([
    '',
    'x',
    `${value}x`,
    value.slice(0, -1),
    `${value}/x`,
    `${value}\0x`,
    'y'.repeat(5000),
    '/proc/self',
    'a\u{1f600}',
  ]);
}

function alteredBytes(value: Uint8Array, random: Random): Uint8Array {
  const copy = Buffer.from(value);
  if (copy.length > 0 && random.below(2) === 0) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    return copy;
  }
  return random.of([Buffer.alloc(0), copy.subarray(0, copy.length >> 1), Buffer.concat([copy, copy]), Buffer.alloc(70_000, 7)]);
}

function alteredArray(value: readonly unknown[], random: Random): unknown[] {
  const at = random.below(Math.max(1, value.length));
  switch (random.below(4)) {
    case 0:
      return [];
    case 1:
      return value.filter((_, i) => i !== at);
    case 2:
      return [...value.slice(0, at), ...value.slice(at, at + 1), ...value.slice(at)];
    default:
      return value.toReversed();
  }
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = Array.isArray(value) ? `${value.length} values` : isMessage(value) ? 'a message' : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
