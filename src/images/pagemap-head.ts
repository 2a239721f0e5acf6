// SPDX-License-Identifier: LGPL-2.1-only
import { decodeMessage } from './codec.js';
import { damaged } from './error.js';
import { readHeader } from './header.js';
import { KINDS } from './kinds.js';

/** N of the `pages-N.img` that belongs to a page map, without a look at its runs. @throws ImageError naming `name` */
export function decodeHead(name: string, bytes: Uint8Array): number {
  const { length } = readHeader(name, bytes, KINDS.PAGEMAP);
  try {
    const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(length, true);
    return decodeMessage('pagemap_head', bytes.subarray(length + 4, length + 4 + size)).pages_id;
  } catch (error) {
    throw damaged(name, 'its head cannot be read', error);
  }
}
