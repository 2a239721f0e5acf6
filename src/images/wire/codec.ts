// SPDX-License-Identifier: LGPL-2.1-only

import { readScalar } from './read-scalar.js';
import { type Reader, WireError } from './reader.js';
import { blankOf, type Field, type Schema, type Shape, shapes, wireType } from './schema.js';
import { writeScalar } from './write-scalar.js';
import type { Writer } from './writer.js';

/** Under this key a decoded message keeps the fields that the schema does not know, so that encoding it again loses nothing. */
export const UNKNOWN: unique symbol = Symbol('unknown fields');

/** Messages within messages; CRIU's go a few deep, but for directories of control groups. */
const DEEPEST = 100;

/** Lists up to here are encoded in less time than it takes to find what was encoded before. */
const FEW = 4;

export interface Loose {
  [name: string]: unknown;
  [UNKNOWN]?: Uint8Array[];
}

export interface Codec {
  readonly shape: (name: string) => Shape;
  /** Writes a message. @throws TypeError when a required field is missing or a value does not fit its field. */
  readonly write: (name: string, message: object, writer: Writer) => void;
  /** Reads a message that ends at `end`. @throws WireError */
  readonly read: (name: string, reader: Reader, end: number) => Loose;
}

/**
 * `shared`: messages that are alike in all tasks of a tree, or in most. Equal ones are decoded once and are one object; one
 * object, and one list, is encoded once. So nobody may change them.
 */
export function codec(schema: Schema, shared: readonly string[] = []): Codec {
  const shape = shapes(schema, shared);
  /** Of the message that is being read. */
  let depth = 0;

  function inner(field: Field): Shape {
    field.shape ??= shape(field.of);
    return field.shape;
  }

  function write(type: Shape, message: Loose, writer: Writer): void {
    for (const field of type.fields) {
      const value = message[field.name];
      if (value === undefined || value === null) {
        if (field.label === 'required') throw new TypeError(`${type.name}.${field.name} is missing`);
      } else if (field.label === 'repeated') writeList(type, field, value as readonly unknown[], writer);
      else writeOne(type, field, value, writer);
    }
    const unknown = message[UNKNOWN];
    if (unknown !== undefined) for (const bytes of unknown) writer.raw(bytes);
  }

  function writeList(type: Shape, field: Field, list: readonly unknown[], writer: Writer): void {
    const lists = list.length > FEW ? field.lists : undefined;
    const known = lists?.get(list);
    if (known !== undefined) {
      writer.raw(known);
      return;
    }
    const start = writer.at;
    for (const one of list) writeOne(type, field, one, writer);
    lists?.set(list, writer.copy(start));
  }

  function writeOne(type: Shape, field: Field, value: unknown, writer: Writer): void {
    writer.u32(field.tag);
    if (field.type === 'm') writeMessage(inner(field), value as Loose, writer);
    else writeScalar(type.name, field, value, writer);
  }

  function writeMessage(type: Shape, message: Loose, writer: Writer): void {
    const known = type.shared?.encoded.get(message);
    if (known !== undefined) {
      writer.raw(known);
      return;
    }
    const start = writer.begin();
    write(type, message, writer);
    writer.end(start);
    type.shared?.encoded.set(message, writer.copy(start));
  }

  function read(type: Shape, reader: Reader, end: number): Loose {
    if (type.shared === undefined) return decode(type, reader, end);
    const { decoded } = type.shared;
    const key = reader.text(end);
    let message = decoded.get(key) as Loose | undefined;
    if (message === undefined) {
      message = decode(type, reader, end);
      decoded.set(key, message);
    } else reader.at = end;
    return message;
  }

  function decode(type: Shape, reader: Reader, end: number): Loose {
    type.blank ??= blankOf(type.fields);
    const message: Loose = { ...type.blank };
    if (type.lists.length > 0) for (const name of type.lists) message[name] = [];
    while (reader.at < end) {
      const start = reader.at;
      const tag = reader.tag();
      const field = type.byTag[tag];
      if (field === undefined) readRare(type, message, reader, start, tag, end);
      else if (field.label === 'repeated') readList(message[field.name] as unknown[], field, reader, end);
      else message[field.name] = field.type === 'm' ? readMessage(field, reader, end) : readScalar(field, reader);
    }
    reader.close(type.name, end);
    const lacking = type.needs.find((name) => message[name] === undefined);
    if (lacking !== undefined) throw new WireError(`${type.name} lacks ${lacking}`);
    return message;
  }

  function readList(list: unknown[], field: Field, reader: Reader, end: number): void {
    do list.push(readOne(field, reader, end));
    while (reader.next(field.tag, end));
  }

  function readRare(type: Shape, message: Loose, reader: Reader, start: number, tag: number, end: number): void {
    const field = type.byNumber.get(tag >>> 3);
    if (field === undefined) keep(message, reader, start, tag);
    else if (field.label === 'repeated') readUnusual(message[field.name] as unknown[], type, field, reader, tag, end);
    else if (tag === field.tag) message[field.name] = readOne(field, reader, end);
    else throw mistyped(type, field, tag);
  }

  function readUnusual(list: unknown[], type: Shape, field: Field, reader: Reader, tag: number, end: number): void {
    if (tag === field.tag) readList(list, field, reader, end);
    else if ((tag & 7) === 2) readPacked(list, field, reader, end);
    else throw mistyped(type, field, tag);
  }

  function readOne(field: Field, reader: Reader, last: number): unknown {
    return field.type === 'm' ? readMessage(field, reader, last) : readScalar(field, reader);
  }

  function readMessage(field: Field, reader: Reader, last: number): Loose {
    if (++depth > DEEPEST) throw new WireError(`${field.of} lies in more than ${DEEPEST} others`);
    const message = read(inner(field), reader, reader.until(last));
    depth--;
    return message;
  }

  return {
    shape,
    write: (name, message, writer) => write(shape(name), message as Loose, writer),
    read: (name, reader, end) => {
      depth = 0;
      return read(shape(name), reader, end);
    },
  };
}

function mistyped(type: Shape, field: Field, tag: number): WireError {
  return new WireError(`${type.name}.${field.name} has wire type ${tag & 7} instead of ${wireType(field.type)}`);
}

function readPacked(list: unknown[], field: Field, reader: Reader, end: number): void {
  const stop = reader.until(end);
  while (reader.at < stop) list.push(readScalar(field, reader));
  reader.close(field.name, stop);
}

function keep(message: Loose, reader: Reader, start: number, tag: number): void {
  if (tag >>> 3 === 0) throw new WireError(`field number 0 at offset ${start}`);
  reader.skip(tag & 7);
  const list = message[UNKNOWN] ?? [];
  list.push(reader.slice(start, reader.at));
  message[UNKNOWN] = list;
}
