// SPDX-License-Identifier: GPL-2.0-only
import { lstatSync, renameSync, rmSync } from 'node:fs';
import { StasisError } from '../errors/index.js';

/** Files of the host in whose place the restore puts its own: moved aside, so that they can be brought back. */
export class Asides {
  private readonly moved: { readonly path: string; readonly kept: string | undefined }[] = [];

  /** Paths without a file are noted, too. */
  take(paths: Iterable<string>): void {
    for (const path of paths) {
      try {
        const kept = isThere(path) ? unused(path) : undefined;
        if (kept) renameSync(path, kept);
        this.moved.push({ path, kept });
      } catch (error) {
        const { message } = error as Error;
        throw new StasisError({ kind: 'host', operation: 'move aside', object: path, cause: message, source: error });
      }
    }
  }

  /** The restore failed: what it made goes, what was there comes back. */
  bringBack(): void {
    for (const { path, kept } of this.moved.splice(0)) {
      if (kept) renameSync(kept, path);
      else rmSync(path, { force: true });
    }
  }

  /** The tree runs: the old files have been replaced. */
  discard(): void {
    for (const { kept } of this.moved.splice(0)) if (kept) rmSync(kept, { force: true });
  }
}

/** A name beside it that nobody has. */
function unused(path: string): string {
  for (let nth = 0; ; nth++) {
    const name = `${path}.stasis-${process.pid}${nth === 0 ? '' : `-${nth}`}`;
    if (!isThere(name)) return name;
  }
}

/** A dangling link is there, too, and in the way. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
