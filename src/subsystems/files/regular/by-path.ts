// SPDX-License-Identifier: GPL-2.0-only
import type { Description } from '../../../facts/generated.js';
import { O_PATH } from '../../../linux/fcntl.js';

/** Whatever is opened by its path, and has no state of its own but a position. O_PATH refers to the path, whatever is there. */
export function isByPath({ kind, flags }: Description): boolean {
  switch (kind) {
    case undefined:
    // One of a memfd is opened by another one: it has no path that leads to it.
    case 'memfd':
      return false;
    case 'regular':
    case 'directory':
    case 'characterDevice':
    case 'blockDevice':
    case 'symlink':
    case 'socketFile':
      return true;
    default:
      return (flags & O_PATH) !== 0;
  }
}

/** What a name in some directory led to when it was opened. */
export function isNamed(description: Description): boolean {
  return description.kind === 'fifo' || isByPath(description);
}
