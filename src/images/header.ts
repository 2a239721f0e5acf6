// SPDX-License-Identifier: LGPL-2.1-only
import { damaged } from './error.js';
import { COMMON_MAGIC, type Kind, kindOfMagic, SERVICE_MAGIC } from './kinds.js';
import type { Writer } from './wire/writer.js';

const FIRST = { common: COMMON_MAGIC, service: SERVICE_MAGIC } as const;

export function writeHeader(kind: Kind, writer: Writer): void {
  if (kind.header !== 'bare') word(writer, FIRST[kind.header]);
  word(writer, kind.magic);
}

function word(writer: Writer, value: number): void {
  writer.patch32(writer.hole32(), value);
}

/**
 * Kind of an image and length of its header. Images before version 1.1 have no common word and are read too.
 * @throws ImageError naming `name`
 */
export function readHeader(name: string, bytes: Uint8Array, expected?: Kind): { kind: Kind; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 4) throw damaged(name, `${view.byteLength} bytes are too few for a magic number`);
  const first = view.getUint32(0, true);
  const common = first === COMMON_MAGIC || first === SERVICE_MAGIC;
  if (common && view.byteLength < 8) throw damaged(name, `${view.byteLength} bytes are too few for two magic numbers`);
  const magic = common ? view.getUint32(4, true) : first;
  const kind = kindOfMagic(magic);
  if (kind === undefined) throw damaged(name, `unknown magic number ${hex(magic)}`);
  if (expected !== undefined && kind !== expected)
    throw damaged(name, `magic number of ${kind.name} instead of ${expected.name}`);
  if (common && kind.header !== 'bare' && first !== FIRST[kind.header])
    throw damaged(name, `first word ${hex(first)} does not go with ${kind.name}`);
  return { kind, length: common ? 8 : 4 };
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
