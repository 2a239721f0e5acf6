// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const root = protobuf.parse(readFileSync(new URL('../../../proto/stasis/facts.proto', import.meta.url), 'utf8')).root;

/** Encodes a message of facts.proto with protobufjs, independent of src/facts. 64-bit fields: numbers or decimal strings. */
export function encodeFacts(type: string, message: object): Buffer {
  const found = root.lookupType(`stasis.facts.${type}`);
  return Buffer.from(found.encode(found.fromObject(message)).finish());
}

export function decodeFacts(type: string, bytes: Uint8Array): Record<string, unknown> {
  const found = root.lookupType(`stasis.facts.${type}`);
  return found.toObject(found.decode(bytes), { longs: String, bytes: Buffer, defaults: true });
}
