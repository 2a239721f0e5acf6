// SPDX-License-Identifier: LGPL-2.1-only

import { ImageError } from './error.js';
import { decodeRecords } from './file.js';
import { printExtra } from './json/extra.js';
import { type Json, print } from './json/text.js';
import { toJson } from './json/to-json.js';
import { kindOfName } from './kinds.js';
import type { Loose } from './wire/codec.js';

export interface DecodeOptions {
  /** Names, flags and hexadecimal addresses in place of bare numbers, and a line for each value. */
  readonly pretty?: boolean;
}

/** An image as crit decodes it: `{ magic, entries }`. @throws ImageError naming `name` */
export function imageToJson(name: string, bytes: Uint8Array, pretty = false): Readonly<Record<string, Json>> {
  const expected = kindOfName(name);
  if (expected === 'raw')
    throw new ImageError({
      operation: 'decode',
      object: `image ${name}`,
      cause: 'it holds raw bytes and no messages',
      hint: 'what the bytes are is told by another image: of pages by the pagemap',
      file: name,
    });
  const { kind, records } = decodeRecords(name, bytes, expected);
  const entries = records.map((record) => {
    const entry = toJson(record.type, record.message as Loose, pretty);
    const extra = printExtra(kind, record);
    return extra === undefined ? entry : { ...entry, extra };
  });
  return { magic: kind.name, entries };
}

/** JSON text of an image, in the form of `crit decode`, or with `pretty` of `crit show`. @throws ImageError */
export function decodeText(name: string, bytes: Uint8Array, { pretty = false }: DecodeOptions = {}): string {
  return print(imageToJson(name, bytes, pretty), pretty ? 4 : 0);
}
