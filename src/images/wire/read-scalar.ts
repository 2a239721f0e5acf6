// SPDX-License-Identifier: LGPL-2.1-only
import type { Reader } from './reader.js';
import type { Field } from './schema.js';

export function readScalar(field: Field, reader: Reader): unknown {
  switch (field.type) {
    case 'u':
      return reader.u32();
    case 'U':
      return reader.u64();
    case 'b':
      return reader.bool();
    case 't':
      return reader.string();
    case 'y':
      return reader.bytes();
    case 'e':
    case 'i':
      return reader.i32();
    case 's':
      return reader.s32();
    case 'I':
      return reader.i64();
    case 'S':
      return reader.s64();
    case 'f':
      return reader.f32();
    case 'F':
      return reader.f64();
    default:
      throw new TypeError(`field type ${field.type}`);
  }
}
