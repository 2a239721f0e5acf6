// SPDX-License-Identifier: GPL-2.0-only
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from '../images/crc32.js';
import { damaged } from '../images/error.js';
import { kindOfName } from '../images/kinds.js';
import type { ImageFiles } from './contract.js';

/** What the addon returns: all files but pages and deleted files. */
interface Raw {
  readonly names: readonly string[];
  readonly buffers: readonly Uint8Array[];
  readonly crc32S: readonly number[];
  readonly uids: readonly number[];
  readonly modes: readonly number[];
  /** Regular files that are among the others. */
  readonly unread: readonly string[];
}

interface Owner {
  readonly uid: number;
  readonly mode: number;
}

const GHOST = /^ghost-file-[0-9a-f]+\.img$/;
/** Deleted files up to here are read whole; of larger ones the content goes straight from file to file, and is verified on its way. */
const WHOLE = 1 << 20;
/** Two magic numbers. */
const MAGIC = 8;
const LENGTH = 4;
/** More than the entry of a deleted file ever takes. */
const MOST_HEAD = 1 << 16;

/** All images, pages excepted. */
export function imageFiles(dir: string, { names, buffers, crc32S, uids, modes, unread }: Raw): ImageFiles {
  const files = {
    names: [] as string[],
    buffers: [] as Uint8Array[],
    crc32s: [] as number[],
    owners: [] as Owner[],
    sizes: new Map<string, number>(),
    unread,
  };
  const add = (name: string, bytes: Uint8Array, sum: number, owner: Owner): void => {
    files.names.push(name);
    files.buffers.push(bytes);
    files.crc32s.push(sum);
    files.owners.push(owner);
  };
  for (const [i, name] of names.entries()) {
    const kind = kindOfName(name);
    const owner = { uid: uids[i] as number, mode: modes[i] as number };
    if (kind !== 'raw' && kind !== undefined) add(name, buffers[i] as Uint8Array, crc32S[i] as number, owner);
  }
  for (const name of unread) {
    if (!GHOST.test(name)) continue;
    const { bytes, size, owner } = readGhost(join(dir, name), name);
    if (bytes.length < size) files.sizes.set(name, size);
    add(name, bytes, crc32(bytes), owner);
  }
  return files;
}

/** @throws ImageError where it cannot be opened, or is no file by now: it must not be waited for */
function readGhost(path: string, name: string): { readonly bytes: Uint8Array; readonly size: number; readonly owner: Owner } {
  const file = open(path, name);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw damaged(name, 'it is not a regular file');
    const { size } = stats;
    if (size <= WHOLE) return { bytes: read(file, size), size, owner: stats };
    const start = read(file, MAGIC + LENGTH);
    const head = Math.min(start.readUInt32LE(MAGIC), MOST_HEAD);
    return { bytes: read(file, MAGIC + LENGTH + head), size, owner: stats };
  } finally {
    closeSync(file);
  }
}

function open(path: string, name: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw damaged(name, `it cannot be opened (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

function read(file: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, 0));
}
