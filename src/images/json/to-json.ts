// SPDX-License-Identifier: LGPL-2.1-only
import { CODEC } from '../codec.js';
import { ENUMS } from '../generated/enums.js';
import { type Loose, UNKNOWN } from '../wire/codec.js';
import type { Field } from '../wire/schema.js';
import type { U64 } from '../wire/u64.js';
import { printAddress } from './address.js';
import { type Annotation, annotation, isQuoted } from './annotations.js';
import { toBase64 } from './base64.js';
import { printInteger } from './integer.js';
import { quote } from './quopri.js';
import type { Json } from './text.js';

/** Key for fields that the schema does not know: their encoding, in base64. */
export const UNKNOWN_KEY = '$unknown';

const HEX: Annotation = { as: 'hex' };

/** A message as crit shows it: what is absent or empty is left out; `pretty`: with names, hexadecimal addresses, flags. */
export function toJson(type: string, message: Loose, pretty: boolean, inherited?: Annotation): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const field of CODEC.shape(type).fields) {
    const value = message[field.name];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    const how = pretty ? (inherited ?? annotation(type, field.name)) : undefined;
    result[field.name] =
      field.label === 'repeated' ? list(type, field, value as unknown[], pretty, how) : one(type, field, value, pretty, how);
  }
  const unknown = message[UNKNOWN];
  if (unknown) result[UNKNOWN_KEY] = toBase64(Buffer.concat(unknown));
  return result;
}

function list(type: string, field: Field, values: unknown[], pretty: boolean, how: Annotation | undefined): Json {
  if (how?.as === 'ip') return [printAddress(values as number[])];
  return values.map((value) => one(type, field, value, pretty, how));
}

function one(type: string, field: Field, value: unknown, pretty: boolean, how: Annotation | undefined): Json {
  switch (field.type) {
    case 'm':
      return toJson(field.of, value as Loose, pretty, how?.as === 'hex' ? HEX : undefined);
    case 'e':
      return Object.entries(ENUMS[field.of] ?? {}).find(([, number]) => number === value)?.[0] ?? (value as number);
    case 'y':
      return isQuoted(type, field.name) ? quote(value as Uint8Array) : toBase64(value as Uint8Array);
    case 'b':
    case 't':
      return value as boolean | string;
    default:
      return printInteger(value as U64, how);
  }
}
