// SPDX-License-Identifier: GPL-2.0-only
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from '../images/crc32.js';
import { kindOfName } from '../images/kinds.js';
import type { ImageFiles } from './contract.js';

/** What the addon returns: files that may be large are there by name only, with a checksum of 0. */
interface Raw {
  readonly names: readonly string[];
  readonly buffers: readonly Uint8Array[];
  readonly crc32S: readonly number[];
}

/** All images; of those that may be large, deleted files come whole and raw pages not at all. */
export async function imageFiles(dir: string, { names, buffers, crc32S }: Raw): Promise<ImageFiles> {
  const files: ImageFiles & { names: string[]; buffers: Uint8Array[]; crc32s: number[] } = { names: [], buffers: [], crc32s: [] };
  for (const [i, name] of names.entries()) {
    const kind = kindOfName(name);
    if (kind === 'raw' || kind === undefined) continue;
    const left = buffers[i]?.length === 0 && crc32S[i] === 0;
    const bytes = left ? await readFile(join(dir, name)) : (buffers[i] as Uint8Array);
    files.names.push(name);
    files.buffers.push(bytes);
    files.crc32s.push(left ? crc32(bytes) : (crc32S[i] as number));
  }
  return files;
}
