// SPDX-License-Identifier: LGPL-2.1-only
// Not node:fs/promises, which takes three milliseconds to load: `promises` is loaded when it is used. A directory is listed
// synchronously in a fraction of that.
import { type Dirent, promises, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checksumFile, crc32 } from './crc32.js';
import { ImageError } from './error.js';
import { kindOfName } from './kinds.js';

/** Images of a directory, read in one go: the n-th of each list belong together. */
export interface ImageFiles {
  readonly names: readonly string[];
  readonly buffers: readonly Uint8Array[];
  readonly crc32s: readonly number[];
  /** Of images that are there by their heads only, because what follows may be as large as any file: their true sizes. */
  readonly sizes?: ReadonlyMap<string, number>;
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
    const buffers: Uint8Array[] = [];
    for (let index = 0; index < names.length; index += AT_ONCE) {
      const some = names.slice(index, index + AT_ONCE);
      buffers.push(
        ...(await Promise.all(
          some.map((name) => promises.readFile(join(directory, name)).catch((error) => refuse(name, error))),
        )),
      );
    }
    return { names, buffers, crc32s: buffers.map((bytes) => crc32(bytes)) };
  },
  checksumFile,
};

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

/** Bytes of a file, undefined where there is none. */
export function sizeOf(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : undefined;
}

function refuse(object: string, error: NodeJS.ErrnoException): never {
  const cause =
    error.code === 'ENOENT' ? 'no such file or directory' : error.code === 'EACCES' ? 'permission denied' : error.message;
  throw new ImageError({ operation: 'read', object, cause, file: object, source: error });
}
