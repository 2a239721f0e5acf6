// SPDX-License-Identifier: LGPL-2.1-only
// Not node:fs/promises, which takes three milliseconds to load: `promises` is loaded when it is used. A directory is listed
// synchronously in a fraction of that.
import { type Dirent, promises, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { checksumFile, crc32 } from './crc32.js';
import { cannotRead } from './error.js';
import { kindOfName } from './kinds.js';
import type { Owner } from './trust.js';

/** Images of a directory, read in one go: the n-th of each list belong together. */
export interface ImageFiles {
  readonly names: readonly string[];
  readonly buffers: readonly Uint8Array[];
  readonly crc32s: readonly number[];
  /** Of the very files that were read. */
  readonly owners: readonly Owner[];
  /** Of images that are there by their heads only, because what follows may be as large as any file: their true sizes. */
  readonly sizes?: ReadonlyMap<string, number>;
  /** Regular files that were not read whole, if the reader knows them: all that hold raw pages are among them. */
  readonly unread?: readonly string[];
}

/** How directories are read. A dump of a thousand threads has thousands of files, so a native reader can take the place of Node's. */
export interface Disk {
  /** All regular files but those that hold raw pages. */
  readImages(directory: string): Promise<ImageFiles>;
  checksumFile(path: string): Promise<{ readonly size: number; readonly crc32: number }>;
}

const AT_ONCE = 64;

export const NODE_DISK: Disk = {
  async readImages(directory) {
    const names = list(directory).filter((name) => kindOfName(name) !== 'raw' && kindOfName(name) !== undefined);
    const read: { readonly bytes: Uint8Array; readonly owner: Owner }[] = [];
    for (let index = 0; index < names.length; index += AT_ONCE) {
      const some = names.slice(index, index + AT_ONCE);
      read.push(...(await Promise.all(some.map((name) => readOne(directory, name)))));
    }
    const buffers = read.map(({ bytes }) => bytes);
    return { names, buffers, crc32s: buffers.map((bytes) => crc32(bytes)), owners: read.map(({ owner }) => owner) };
  },
  checksumFile,
};

async function readOne(directory: string, name: string): Promise<{ readonly bytes: Uint8Array; readonly owner: Owner }> {
  const file = await promises.open(join(directory, name)).catch((error) => refuse(name, error));
  try {
    const owner = await file.stat();
    return { bytes: await file.readFile(), owner };
  } finally {
    await file.close();
  }
}

/** Names of the regular files in a directory, sorted. @throws ImageError */
export function list(directory: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    return refuse(directory, error as NodeJS.ErrnoException);
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

/** A regular file, undefined where there is none. */
export function statOf(path: string): Stats | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found : undefined;
}

function refuse(object: string, error: NodeJS.ErrnoException): never {
  throw cannotRead(object, undefined, error);
}
