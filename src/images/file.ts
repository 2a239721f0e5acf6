// SPDX-License-Identifier: LGPL-2.1-only
import { CODEC, type Input } from './codec.js';
import { damaged } from './error.js';
import type { Messages } from './generated/messages.js';
import { readHeader, writeHeader } from './header.js';
import { KINDS, type Kind, type KindName, type MessageOf } from './kinds.js';
import { extent, padding } from './payload.js';
import type { Codec, Loose } from './wire/codec.js';
import { Reader } from './wire/reader.js';
import { Writer } from './wire/writer.js';

/** One entry of an image. */
export interface ImageRecord {
  /** The message's type: it differs from the kind's in the first entry of page maps and ghost files. */
  readonly type: keyof Messages;
  readonly message: object;
  /** Bytes that follow the message. */
  readonly payload?: Uint8Array | undefined;
  /** Where they begin in the file. */
  readonly payloadAt?: number | undefined;
}

export interface Image {
  readonly kind: Kind;
  readonly records: readonly ImageRecord[];
}

/** The bytes of an image whose entries are messages alone. @throws TypeError when a message lacks a field or a value does not fit. */
export function encodeImage<K extends KindName>(kind: K, messages: readonly Input<MessageOf<K>>[]): Buffer {
  const writer = new Writer();
  writeHeader(KINDS[kind], writer);
  for (const message of messages) writeEntry(CODEC, KINDS[kind].message, message as object, writer);
  return writer.finish();
}

/** The bytes of an image whose entries differ, or are followed by bytes. The messages must give the lengths of the payloads. @throws TypeError */
export function encodeRecords(kind: Kind, records: readonly Omit<ImageRecord, 'payloadAt'>[], codec: Codec = CODEC): Buffer {
  const writer = new Writer(records.reduce((sum, record) => sum + (record.payload?.length ?? 0) + 64, 64));
  writeHeader(kind, writer);
  const align = typeof kind.payload === 'object' ? (kind.payload.align ?? 1) : 1;
  for (const { type, message, payload } of records) {
    writeEntry(codec, type, message, writer);
    if (payload === undefined) continue;
    writer.raw(payload);
    writer.raw(new Uint8Array(padding(payload.length, align)));
  }
  return writer.finish();
}

/** Entries of an image that must be of `kind`; byte fields are views of `bytes`. @throws ImageError naming `name` */
export function decodeImage<K extends KindName>(kind: K, name: string, bytes: Uint8Array): MessageOf<K>[] {
  return decodeRecords(name, bytes, KINDS[kind]).records.map((record) => record.message as MessageOf<K>);
}

/** The entry of an image that must have exactly one. @throws ImageError naming `name` */
export function decodeOne<K extends KindName>(kind: K, name: string, bytes: Uint8Array, codec: Codec = CODEC): MessageOf<K> {
  return only(name, decodeRecords(name, bytes, KINDS[kind], codec).records).message as MessageOf<K>;
}

export function only(name: string, records: readonly ImageRecord[]): ImageRecord {
  const [first] = records;
  if (first === undefined || records.length > 1) throw damaged(name, `${records.length} entries instead of 1`);
  return first;
}

/** An image of any kind, or of the one expected. Payloads are views of `bytes`. @throws ImageError naming `name` */
export function decodeRecords(name: string, bytes: Uint8Array, expected?: Kind, codec: Codec = CODEC): Image {
  const { kind, length } = readHeader(name, bytes, expected);
  const records: ImageRecord[] = [];
  const reader = new Reader(bytes, length);
  while (reader.at < reader.length) records.push(readEntry(codec, name, kind, reader, records.length));
  return { kind, records };
}

function writeEntry(codec: Codec, type: keyof Messages, message: object, writer: Writer): void {
  const size = writer.hole32();
  codec.write(type, message, writer);
  writer.patch32(size, writer.at - size - 4);
}

function readEntry(codec: Codec, name: string, kind: Kind, reader: Reader, index: number): ImageRecord {
  const type = index === 0 ? (kind.head ?? kind.message) : kind.message;
  try {
    const size = reader.f32();
    if (reader.at + size > reader.length) throw new RangeError(`ends ${reader.at + size - reader.length} B too early`);
    const message = codec.read(type, reader, reader.at + size);
    return withPayload(kind, type, message, index === 0, reader);
  } catch (error) {
    throw damaged(name, `entry ${index} (${type}): ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function withPayload(kind: Kind, type: keyof Messages, message: Loose, first: boolean, reader: Reader): ImageRecord {
  if (kind.payload === undefined) return { type, message };
  const rest = { length: reader.length - reader.at, bytes: () => reader.slice(reader.at, reader.length) };
  const { length, padding: gap } = extent(kind, message, first, rest);
  const payloadAt = reader.at;
  const payload = reader.raw(length);
  reader.raw(gap);
  return { type, message, payload, payloadAt };
}
