// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, renameSync, unlinkSync } from 'node:fs';

/** Files of the host in whose place the restore puts its own: moved aside, so that they can be brought back. */
export class Asides {
  private readonly moved: { readonly path: string; readonly kept: string | undefined }[] = [];

  /** `pid` of the tree's root makes the name of the kept file unique. Paths without a file are noted, too. */
  take(paths: Iterable<string>, pid: number): void {
    for (const path of paths) {
      const kept = existsSync(path) ? `${path}.stasis-${pid}` : undefined;
      if (kept) renameSync(path, kept);
      this.moved.push({ path, kept });
    }
  }

  /** The restore failed: what it made goes, what was there comes back. */
  bringBack(): void {
    for (const { path, kept } of this.moved.splice(0)) {
      if (kept) renameSync(kept, path);
      else if (existsSync(path)) unlinkSync(path);
    }
  }

  /** The tree runs: the old files have been replaced. */
  discard(): void {
    for (const { kept } of this.moved.splice(0)) if (kept && existsSync(kept)) unlinkSync(kept);
  }
}
