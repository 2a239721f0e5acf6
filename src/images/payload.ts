// SPDX-License-Identifier: LGPL-2.1-only
import type { Kind } from './kinds.js';
import type { Loose } from './wire/codec.js';
import { Reader } from './wire/reader.js';
import { num, type U64 } from './wire/u64.js';

/** Bytes that follow an entry, and the padding after them. */
export interface Extent {
  readonly length: number;
  readonly padding: number;
}

const NOTHING: Extent = { length: 0, padding: 0 };

/**
 * How much of `rest`, the file from the end of an entry's message on, belongs to that entry.
 * `rest` is only looked into for message queues; for the others its length is enough.
 */
export function extent(
  kind: Kind,
  message: Loose,
  first: boolean,
  rest: { readonly length: number; bytes(): Uint8Array },
): Extent {
  const rule = kind.payload;
  if (rule === undefined) return NOTHING;
  if (rule === 'ghost') {
    if (!first) return { length: field(message, 'len'), padding: 0 };
    return message['chunks'] === true ? NOTHING : { length: rest.length, padding: 0 };
  }
  if (rule === 'queue') return { length: queueLength(message, rest.bytes()), padding: 0 };
  if (rule.unless !== undefined && message[rule.unless] === true) return NOTHING;
  const length = rule.lengths.reduce((sum, name) => sum + field(message, name), 0) * (rule.unit ?? 1) + (rule.plus ?? 0);
  return { length, padding: padding(length, rule.align ?? 1) };
}

/** Zero bytes that complete `length` to a multiple of `align`. */
export function padding(length: number, align: number): number {
  return (align - (length % align)) % align;
}

/** Messages of a System V queue: length of a header, the header (`ipc_msg`), its bytes, padding to 8. */
function queueLength(entry: Loose, rest: Uint8Array): number {
  let at = 0;
  const words = Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength);
  for (let index = 0; index < field(entry, 'qnum'); index++) {
    const header = words.readUInt32LE(at);
    const size = messageSize(rest.subarray(at + 4, at + 4 + header));
    at += 4 + header + size + padding(size, 8);
  }
  return at;
}

/** `ipc_msg.msize`, field 2. */
function messageSize(header: Uint8Array): number {
  const reader = new Reader(header);
  while (reader.at < reader.length) {
    const tag = reader.u32();
    if (tag === 16) return reader.u32();
    reader.skip(tag & 7);
  }
  return 0;
}

function field(message: Loose, name: string): number {
  return num((message[name] ?? 0) as U64);
}
