// SPDX-License-Identifier: LGPL-2.1-only
import { join } from 'node:path';
import { type Disk, list, sizeOf } from './disk.js';
import { kindOfName } from './kinds.js';
import type { Found } from './manifest.js';

/** The files of a directory. */
export interface LoadedFiles {
  /** Contents of all images. */
  readonly images: ReadonlyMap<string, Uint8Array>;
  /** Sizes of the files that hold raw pages, in bytes. */
  readonly raw: ReadonlyMap<string, number>;
  /** Sizes and checksums of all of them. */
  readonly found: ReadonlyMap<string, Found>;
}

/** Reads all images; of raw pages only the sizes, or also the checksums. @throws ImageError */
export async function loadFiles(path: string, disk: Disk, sumPages: boolean): Promise<LoadedFiles> {
  const { names, buffers, crc32s, sizes } = await disk.readImages(path);
  const images = new Map(names.map((name, index) => [name, buffers[index] as Uint8Array]));
  const found = new Map<string, Found>(
    names.map((name, index) => [name, { size: images.get(name)?.length ?? 0, crc32: crc32s[index] }]),
  );
  for (const [name, size] of sizes ?? []) found.set(name, sumPages ? await disk.checksumFile(join(path, name)) : { size });
  const raw = new Map<string, number>();
  for (const name of list(path)) {
    if (kindOfName(name) !== 'raw') continue;
    const file = join(path, name);
    const entry = sumPages ? await disk.checksumFile(file) : { size: sizeOf(file) ?? 0 };
    found.set(name, entry);
    raw.set(name, entry.size);
  }
  return { images, raw, found };
}
