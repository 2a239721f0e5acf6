// SPDX-License-Identifier: LGPL-2.1-only
import { open } from 'node:fs/promises';
import * as zlib from 'node:zlib';

type Crc32 = (bytes: Uint8Array, start?: number) => number;

/** CRC-32 of IEEE 802.3, as in gzip; `start` continues one. Node has it since 20.15 and 22.2. */
export const crc32: Crc32 = (zlib as { crc32?: Crc32 }).crc32 ?? tableDriven;

let table: Uint32Array | undefined;

/** The same in JavaScript, exported for the tests. */
export function tableDriven(bytes: Uint8Array, start = 0): number {
  table ??= makeTable();
  let sum = ~start;
  for (const byte of bytes) sum = (sum >>> 8) ^ (table[(sum ^ byte) & 255] as number);
  return ~sum >>> 0;
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
}

const CHUNK = 1 << 20;

/** Size and checksum of a file, read in pieces of 1 MiB. */
export async function checksumFile(path: string): Promise<{ readonly size: number; readonly crc32: number }> {
  const file = await open(path);
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
