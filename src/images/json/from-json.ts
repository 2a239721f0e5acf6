// SPDX-License-Identifier: LGPL-2.1-only
import { CODEC } from '../codec.js';
import { ENUMS } from '../generated/enums.js';
import { type Loose, UNKNOWN } from '../wire/codec.js';
import type { Field } from '../wire/schema.js';
import { parseAddress } from './address.js';
import { annotation, isQuoted } from './annotations.js';
import { fromBase64 } from './base64.js';
import { parseInteger } from './integer.js';
import { unquote } from './quopri.js';
import type { Json } from './text.js';
import { UNKNOWN_KEY } from './to-json.js';

/** The message that `toJson`, pretty or not, or crit made this of. @throws TypeError naming the field */
export function fromJson(type: string, json: Json): Loose {
  const { fields } = CODEC.shape(type);
  const source = object(type, json);
  const message: Loose = {};
  for (const field of fields) {
    const value = source[field.name];
    if (value !== undefined && value !== null) message[field.name] = named(type, field, value);
  }
  // Field 2 was called nr_pages before CRIU 4.2, and still is by the crit of that time.
  if (type === 'pagemap_entry') message['compat_nr_pages'] ??= message['nr_pages'];
  const known = new Set([...fields.map((field) => field.name), UNKNOWN_KEY, 'extra']);
  const strange = Object.keys(source).find((name) => !known.has(name));
  if (strange !== undefined) throw new TypeError(`${type} has no field ${strange}`);
  if (source[UNKNOWN_KEY] !== undefined) message[UNKNOWN] = [fromBase64(String(source[UNKNOWN_KEY]))];
  return message;
}

export function object(what: string, json: Json | undefined): Readonly<Record<string, Json>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError(`${what} is no object`);
  return json as Readonly<Record<string, Json>>;
}

function named(type: string, field: Field, value: Json): unknown {
  try {
    if (field.label !== 'repeated') return one(type, field, value);
    if (!Array.isArray(value)) throw new TypeError('a list is needed');
    const [first] = value;
    if (annotation(type, field.name)?.as === 'ip' && typeof first === 'string') return parseAddress(first);
    return value.map((item: Json) => one(type, field, item));
  } catch (error) {
    throw new TypeError(`${type}.${field.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function one(type: string, field: Field, value: Json): unknown {
  switch (field.type) {
    case 'm':
      return fromJson(field.of, value);
    case 'e':
      return typeof value === 'string' ? enumerator(field, value) : value;
    case 'y':
      return isQuoted(type, field.name) ? unquote(text(value)) : fromBase64(text(value));
    case 't':
      return text(value);
    case 'b':
      if (typeof value !== 'boolean') throw new TypeError(`${String(value)} is neither true nor false`);
      return value;
    default:
      return parseInteger(value, annotation(type, field.name));
  }
}

function text(value: Json): string {
  if (typeof value !== 'string') throw new TypeError(`${String(value)} is no string`);
  return value;
}

function enumerator(field: Field, name: string): number {
  const value = ENUMS[field.of]?.[name];
  if (value === undefined) throw new TypeError(`${field.of} has no ${name}`);
  return value;
}
