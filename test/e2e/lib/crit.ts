// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync } from 'node:fs';
import { kindOfName } from '../../../src/images/index.js';

/** Kinds that Debian's crit has no name for: newer ones of CRIU, and our own. */
const UNKNOWN = ['SIGNAL', 'PIDFD', 'STASIS', 'BINFMT_MISC'];

/** The images of a directory that crit is to read: all but raw pages and kinds it was not made for. */
export function critImages(imagesDir: string): string[] {
  return readdirSync(imagesDir).filter((name) => {
    const kind = kindOfName(name);
    return kind !== 'raw' && !(kind && UNKNOWN.includes(kind.name));
  });
}
