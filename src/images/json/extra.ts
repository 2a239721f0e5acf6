// SPDX-License-Identifier: LGPL-2.1-only
// The bytes after an entry, as crit shows them under the key "extra".
import { CODEC } from '../codec.js';
import type { ImageRecord } from '../file.js';
import type { Kind } from '../kinds.js';
import { padding } from '../payload.js';
import type { Loose } from '../wire/codec.js';
import { Reader } from '../wire/reader.js';
import { Writer } from '../wire/writer.js';
import { fromBase64, toBase64 } from './base64.js';
import { fromJson, object } from './from-json.js';
import type { Json } from './text.js';
import { toJson } from './to-json.js';

const QUEUE_ALIGN = 8;

/** undefined: the entry has nothing to show. */
export function printExtra(kind: Kind, record: ImageRecord): Json | undefined {
  const { payload } = record;
  const message = record.message as Loose;
  if (payload === undefined || kind.name === 'STASIS') return undefined;
  switch (kind.name) {
    case 'GHOST_FILE':
      return message['chunks'] === true ? undefined : toBase64(payload);
    case 'TCP_STREAM': {
      const split = message['inq_len'] as number;
      return { inq: toBase64(payload.subarray(0, split)), outq: toBase64(payload.subarray(split)) };
    }
    case 'IPCNS_SEM':
      return Array.from(
        { length: payload.length / 2 },
        (_, index) => (payload[index * 2] as number) | ((payload[index * 2 + 1] as number) << 8),
      );
    case 'IPCNS_MSG':
      return printQueue(payload);
    case 'IPCNS_SHM':
      return message['in_pagemaps'] === true ? undefined : toBase64(payload);
    default:
      return toBase64(payload);
  }
}

/** @throws TypeError */
export function parseExtra(kind: Kind, extra: Json | undefined): Uint8Array | undefined {
  if (extra === undefined || kind.payload === undefined) return undefined;
  switch (kind.name) {
    case 'TCP_STREAM': {
      const { inq, outq } = object('extra', extra);
      return Buffer.concat([fromBase64(String(inq)), fromBase64(String(outq))]);
    }
    case 'IPCNS_SEM':
      return Buffer.from(Uint16Array.from(array(extra).map(Number)).buffer);
    case 'IPCNS_MSG':
      return parseQueue(array(extra));
    default:
      if (typeof extra !== 'string') throw new TypeError('extra is no string');
      return fromBase64(extra);
  }
}

function array(extra: Json): readonly Json[] {
  if (!Array.isArray(extra)) throw new TypeError('extra is no list');
  return extra;
}

/** Messages of a System V queue: header and bytes by turns. */
function printQueue(payload: Uint8Array): Json[] {
  const reader = new Reader(payload);
  const list: Json[] = [];
  while (reader.at < reader.length) {
    const size = reader.f32();
    const header = CODEC.read('ipc_msg', reader, reader.at + size);
    const length = header['msize'] as number;
    list.push(toJson('ipc_msg', header, false), toBase64(reader.raw(length)));
    reader.raw(padding(length, QUEUE_ALIGN));
  }
  return list;
}

function parseQueue(list: readonly Json[]): Buffer {
  const writer = new Writer();
  for (let index = 0; index + 1 < list.length; index += 2) {
    const header = fromJson('ipc_msg', list[index] as Json);
    const start = writer.hole32();
    CODEC.write('ipc_msg', header, writer);
    writer.patch32(start, writer.at - start - 4);
    const bytes = fromBase64(String(list[index + 1])).subarray(0, header['msize'] as number);
    writer.raw(bytes);
    writer.raw(new Uint8Array(padding(bytes.length, QUEUE_ALIGN)));
  }
  return writer.finish();
}
