// SPDX-License-Identifier: GPL-2.0-only
import { closeSync, openSync, readSync } from 'node:fs';

const PT_NOTE = 4;
const NT_GNU_BUILD_ID = 3;
const PHDR_SIZE = 56;

/** The GNU build id of a 64-bit little-endian ELF file (elf(5), .note.gnu.build-id); undefined where there is none. */
export function readBuildId(path: string | Buffer): Uint8Array | undefined {
  const fd = openSync(path, 'r');
  try {
    const head = at(fd, 0, 4096);
    if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) return undefined;
    const table = Number(head.readBigUInt64LE(32));
    const count = head.readUInt16LE(56);
    const headers = table + count * PHDR_SIZE <= head.length ? head.subarray(table) : at(fd, table, count * PHDR_SIZE);
    for (let i = 0; (i + 1) * PHDR_SIZE <= headers.length && i < count; i++) {
      const header = headers.subarray(i * PHDR_SIZE);
      if (header.readUInt32LE(0) !== PT_NOTE) continue;
      const found = inNotes(at(fd, Number(header.readBigUInt64LE(8)), Math.min(Number(header.readBigUInt64LE(32)), 65536)));
      if (found) return found;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function inNotes(notes: Buffer): Uint8Array | undefined {
  for (let i = 0; i + 12 <= notes.length; ) {
    const nameSize = notes.readUInt32LE(i);
    const size = notes.readUInt32LE(i + 4);
    const content = i + 12 + up4(nameSize);
    if (notes.readUInt32LE(i + 8) === NT_GNU_BUILD_ID && notes.subarray(i + 12, i + 16).toString('latin1') === 'GNU\0') {
      return notes.subarray(content, content + size);
    }
    i = content + up4(size);
  }
  return undefined;
}

function up4(value: number): number {
  return (value + 3) & ~3;
}

function at(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}
