// SPDX-License-Identifier: GPL-2.0-only
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;

/** Where journals are: of root, or of the user. `STASIS_STATE_DIR` names another place. */
export function stateDir(): string {
  const { STASIS_STATE_DIR: own, XDG_RUNTIME_DIR: runtime } = process.env;
  const uid = process.geteuid?.() ?? 0;
  if (own) return own;
  if (uid === 0) return '/run/stasis';
  return runtime ? join(runtime, 'stasis') : join(tmpdir(), `stasis-${uid}`);
}

/** Whether it is there, and nobody else can have put a journal into it: what a journal says is done with our rights. */
export function isOurs(directory: string): boolean {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return false;
  return stats.uid === process.geteuid?.() && (stats.mode & WRITABLE_BY_OTHERS) === 0;
}

/** Makes it where it is not. @throws what node:fs throws */
export function makeStateDir(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
