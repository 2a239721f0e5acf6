// SPDX-License-Identifier: GPL-2.0-only
import { readFile, stat, writeFile } from 'node:fs/promises';
import { causeOf } from '../errors/errno.js';
import { StasisError } from '../errors/index.js';
import { put } from './output.js';

/** Whether the path names a directory; what does not exist is none. */
export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Bytes of a file, or of standard input for `-`. */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path === '-' ? '/dev/stdin' : path);
  } catch (thrown) {
    throw failure('read', path, thrown);
  }
}

/** Writes a file that must not exist yet, for its owner's eyes only; or, without a path, to standard output. */
export async function writeOutput(path: string | undefined, content: string | Uint8Array): Promise<void> {
  try {
    if (path === undefined) put(content);
    else await writeFile(path, content, { flag: 'wx', mode: 0o600 });
  } catch (thrown) {
    throw failure('write', path ?? 'standard output', thrown);
  }
}

function failure(operation: string, object: string, thrown: unknown): StasisError {
  const { code } = thrown as NodeJS.ErrnoException;
  const kind = code === 'EACCES' || code === 'EPERM' ? 'permission' : operation === 'write' ? 'destination' : 'image';
  const cause = code === 'EISDIR' ? 'it is a directory' : causeOf(thrown);
  const hint = code === 'EISDIR' ? 'name a file in it; `stasis image show` lists them' : undefined;
  return new StasisError({ kind, operation, object, cause, hint, source: thrown });
}
