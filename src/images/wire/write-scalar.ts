// SPDX-License-Identifier: LGPL-2.1-only
import type { Field } from './schema.js';
import type { U64 } from './u64.js';
import type { Writer } from './writer.js';

/**
 * Writes one value. A value that does not fit would be cut silently and come back as another one, so it is refused.
 * @throws TypeError naming the field
 */
export function writeScalar(message: string, field: Field, value: unknown, writer: Writer): void {
  if (!fits(field, value)) throw new TypeError(`${message}.${field.name} cannot hold ${printable(value)}`);
  put(field, value, writer);
}

function fits({ type }: Field, value: unknown): boolean {
  switch (type) {
    case 'u':
    case 'f':
      return (value as number) >>> 0 === value;
    case 'e':
    case 'i':
    case 's':
      return ((value as number) | 0) === value;
    case 'U':
    case 'F':
      return typeof value === 'bigint'
        ? BigInt.asUintN(64, value) === value
        : Number.isSafeInteger(value) && (value as number) >= 0;
    case 'I':
    case 'S':
      return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
    case 'b':
      return typeof value === 'boolean';
    case 't':
      return typeof value === 'string';
    case 'y':
      return value instanceof Uint8Array;
    default:
      return false;
  }
}

function put({ type }: Field, value: unknown, writer: Writer): void {
  switch (type) {
    case 'u':
      writer.u32(value as number);
      break;
    case 'U':
    case 'I':
      writer.u64(value as U64);
      break;
    case 'b':
      writer.bool(value as boolean);
      break;
    case 't':
      writer.string(value as string);
      break;
    case 'y':
      writer.bytes(value as Uint8Array);
      break;
    case 'e':
    case 'i':
      writer.i32(value as number);
      break;
    case 's':
      writer.s32(value as number);
      break;
    case 'S':
      writer.s64(value as U64);
      break;
    case 'f':
      writer.f32(value as number);
      break;
    case 'F':
      writer.f64(value as U64);
  }
}

function printable(value: unknown): string {
  return value instanceof Uint8Array
    ? `${value.length} bytes`
    : typeof value === 'string'
      ? JSON.stringify(value)
      : String(value);
}
