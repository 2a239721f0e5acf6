// SPDX-License-Identifier: LGPL-2.1-only
import { join } from 'node:path';
import { type Disk, list, statOf } from './disk.js';
import { kindOfName } from './kinds.js';
import type { Found } from './manifest.js';
import type { ImageSource } from './source.js';

/** The files of a directory. */
export interface LoadedFiles {
  /** Contents of all images. */
  readonly images: ReadonlyMap<string, Uint8Array>;
  /** Sizes of the files that hold raw pages, in bytes. */
  readonly raw: ReadonlyMap<string, number>;
  /** Sizes and checksums of all of them. */
  readonly found: ReadonlyMap<string, Found>;
}

/**
 * Reads all images; of raw pages only the sizes, or also the checksums. `source`: the directory at `path`, where it matters
 * whose the files are. @throws ImageError
 */
export async function loadFiles(path: string, disk: Disk, sumPages: boolean, source?: ImageSource): Promise<LoadedFiles> {
  const { names, buffers, crc32s, sizes, owners, unread } = await disk.readImages(path);
  for (const [index, owner] of owners.entries()) source?.judgeFile(names[index] as string, owner);
  const images = new Map(names.map((name, index) => [name, buffers[index] as Uint8Array]));
  const found = new Map<string, Found>(
    names.map((name, index) => [name, { size: images.get(name)?.length ?? 0, crc32: crc32s[index] }]),
  );
  for (const [name, size] of sizes ?? []) found.set(name, sumPages ? await disk.checksumFile(join(path, name)) : { size });
  const raw = new Map<string, number>();
  for (const name of unread ?? list(path)) {
    if (kindOfName(name) !== 'raw') continue;
    const file = join(path, name);
    const stats = statOf(file);
    if (!stats) continue;
    // Whoever reads the pages opens them by this name again: in a directory that is ours alone it leads to the same file.
    source?.judgeFile(name, stats);
    const entry = sumPages ? await disk.checksumFile(file) : { size: stats.size };
    found.set(name, entry);
    raw.set(name, entry.size);
  }
  return { images, raw, found };
}
