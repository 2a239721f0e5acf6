// SPDX-License-Identifier: LGPL-2.1-only
import type { Field } from './schema.js';
import type { U64 } from './u64.js';
import type { Writer } from './writer.js';

/**
 * Writes one value. A value that does not fit would be cut silently and come back as another one, so it is refused.
 * @throws TypeError naming the field
 */
export function writeScalar(message: string, field: Field, value: unknown, writer: Writer): void {
  switch (field.type) {
    case 'u':
      if ((value as number) >>> 0 !== value) break;
      return writer.u32(value);
    case 'U':
      if (!unsigned(value)) break;
      return writer.u64(value);
    case 'b':
      if (typeof value !== 'boolean') break;
      return writer.bool(value);
    case 't':
      if (typeof value !== 'string') break;
      return writer.string(value);
    case 'y':
      if (!(value instanceof Uint8Array)) break;
      return writer.bytes(value);
    case 'e':
    case 'i':
      if (((value as number) | 0) !== value) break;
      return writer.i32(value);
    case 's':
      if (((value as number) | 0) !== value) break;
      return writer.s32(value);
    case 'I':
      if (!signed(value)) break;
      return writer.u64(value);
    case 'S':
      if (!signed(value)) break;
      return writer.s64(value);
    case 'f':
      if ((value as number) >>> 0 !== value) break;
      return writer.f32(value);
    case 'F':
      if (!unsigned(value)) break;
      return writer.f64(value);
  }
  throw new TypeError(`${message}.${field.name} cannot hold ${printable(value)}`);
}

function unsigned(value: unknown): value is U64 {
  return typeof value === 'bigint' ? BigInt.asUintN(64, value) === value : Number.isSafeInteger(value) && (value as number) >= 0;
}

function signed(value: unknown): value is U64 {
  return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
}

function printable(value: unknown): string {
  return value instanceof Uint8Array ? `${value.length} bytes` : typeof value === 'string' ? JSON.stringify(value) : String(value);
}
