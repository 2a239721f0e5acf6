// SPDX-License-Identifier: LGPL-2.1-only
// Not node:fs/promises, which takes three milliseconds to load: this here is loaded when it is used.
import { promises } from 'node:fs';

type Crc32 = (bytes: Uint8Array, start?: number) => number;

/** From here on Node's own is worth loading it: with its streams it takes longer than all small images of a dump. */
const LARGE = 1 << 18;
let fastest: Crc32 | undefined;

/** CRC-32 of IEEE 802.3, as in gzip; `start` continues one. Node has it since 20.15 and 22.2. */
export function crc32(bytes: Uint8Array, start = 0): number {
  if (bytes.length < LARGE) return tableDriven(bytes, start);
  fastest ??= (process.getBuiltinModule?.('node:zlib') as { crc32?: Crc32 } | undefined)?.crc32 ?? tableDriven;
  return fastest(bytes, start);
}

let table: Int32Array | undefined;

/** The same in JavaScript, exported for the tests. */
export function tableDriven(bytes: Uint8Array, start = 0): number {
  table ??= makeTable();
  const { length } = bytes;
  // Signed numbers of 32 bits and a plain loop: what the interpreter takes three times as long for are objects.
  let sum = ~start;
  for (let i = 0; i < length; i++) sum = (sum >>> 8) ^ (table[(sum ^ (bytes[i] as number)) & 255] as number);
  return ~sum >>> 0;
}

function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
}

const CHUNK = 1 << 20;

/** Size and checksum of a file, read in pieces of 1 MiB. */
export async function checksumFile(path: string): Promise<{ readonly size: number; readonly crc32: number }> {
  const file = await promises.open(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    let size = 0;
    let sum = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, size);
      if (bytesRead === 0) return { size, crc32: sum };
      sum = crc32(buffer.subarray(0, bytesRead), sum);
      size += bytesRead;
    }
  } finally {
    await file.close();
  }
}
