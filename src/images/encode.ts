// SPDX-License-Identifier: LGPL-2.1-only
import { crc32 } from './crc32.js';
import { ImageError } from './error.js';
import { encodeRecords, type ImageRecord } from './file.js';
import { parseExtra } from './json/extra.js';
import { fromJson, object } from './json/from-json.js';
import { type Json, parse } from './json/text.js';
import { KINDS, type Kind } from './kinds.js';

/** The image that `decodeText` or crit made this JSON text of. @throws ImageError naming `name` */
export function encodeText(name: string, text: string): Buffer {
  try {
    return fromObject(parse(text));
  } catch (error) {
    // What JSON.parse quotes of the text may have line breaks, and an error is one line.
    const cause = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
    throw new ImageError({
      operation: 'encode',
      object: name,
      cause,
      hint: 'the form is { "magic": …, "entries": […] }',
      file: name,
      source: error,
    });
  }
}

function fromObject(json: Json): Buffer {
  const { magic, entries } = object('the text', json);
  const kind = (KINDS as Readonly<Record<string, Kind>>)[String(magic)];
  if (kind === undefined)
    throw new TypeError(magic === undefined ? 'it names no magic' : `no kind of image is called ${String(magic)}`);
  if (!Array.isArray(entries)) throw new TypeError('entries is no list');
  const image = encodeRecords(
    kind,
    entries.map((entry: Json, index: number) => record(kind, entry, index)),
  );
  if (kind.name === 'STASIS') image.writeUInt32LE(crc32(image.subarray(0, -4)), image.length - 4);
  return image;
}

function record(kind: Kind, entry: Json, index: number): ImageRecord {
  const type = index === 0 ? (kind.head ?? kind.message) : kind.message;
  try {
    const payload = kind.name === 'STASIS' ? new Uint8Array(4) : parseExtra(kind, object('it', entry)['extra']);
    return { type, message: fromJson(type, entry), payload };
  } catch (error) {
    throw new TypeError(`entry ${index}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
