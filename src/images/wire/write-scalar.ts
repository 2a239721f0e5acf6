// SPDX-License-Identifier: LGPL-2.1-only
import type { Field } from './schema.js';
import type { U64 } from './u64.js';
import type { Writer } from './writer.js';

/**
 * Writes one value. A value that does not fit would be cut silently and come back as another one, so it is refused.
 * @throws TypeError naming the field
 */
export function writeScalar(message: string, field: Field, value: unknown, writer: Writer): void {
  if (!put(field, value, writer)) throw new TypeError(`${message}.${field.name} cannot hold ${printable(value)}`);
}

/** False, and nothing is written, when it does not fit. */
function put({ type }: Field, value: unknown, writer: Writer): boolean {
  switch (type) {
    case 'u':
      if ((value as number) >>> 0 !== value) return false;
      writer.u32(value);
      return true;
    case 'U':
      if (!isUnsigned(value)) return false;
      writer.u64(value);
      return true;
    case 'b':
      if (typeof value !== 'boolean') return false;
      writer.bool(value);
      return true;
    case 't':
      if (typeof value !== 'string') return false;
      writer.string(value);
      return true;
    case 'y':
      if (!(value instanceof Uint8Array)) return false;
      writer.bytes(value);
      return true;
    case 'e':
    case 'i':
      if (((value as number) | 0) !== value) return false;
      writer.i32(value);
      return true;
    case 's':
      if (((value as number) | 0) !== value) return false;
      writer.s32(value);
      return true;
    case 'I':
      if (!isSigned(value)) return false;
      writer.u64(value);
      return true;
    case 'S':
      if (!isSigned(value)) return false;
      writer.s64(value);
      return true;
    case 'f':
      if ((value as number) >>> 0 !== value) return false;
      writer.f32(value);
      return true;
    case 'F':
      if (!isUnsigned(value)) return false;
      writer.f64(value);
      return true;
    default:
      return false;
  }
}

function isUnsigned(value: unknown): value is U64 {
  if (typeof value === 'bigint') return BigInt.asUintN(64, value) === value;
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSigned(value: unknown): value is U64 {
  return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
}

function printable(value: unknown): string {
  return value instanceof Uint8Array
    ? `${value.length} bytes`
    : typeof value === 'string'
      ? JSON.stringify(value)
      : String(value);
}
