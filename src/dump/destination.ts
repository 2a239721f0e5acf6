// SPDX-License-Identifier: GPL-2.0-only
// Synchronous on purpose: two calls, and each way through libuv's threads costs a small dump half a millisecond.
import { existsSync, lstatSync, mkdirSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { causeOf } from '../errors/errno.js';
import { StasisError } from '../errors/index.js';
import type { Stage } from '../stages/run.js';
import { clearBefore } from '../undo/dead.js';
import type { DumpState } from './context.js';

/** Where images grow until they are whole. `imagesDir`: absolute. */
export function tempDirOf(imagesDir: string): string {
  return join(dirname(imagesDir), `.${basename(imagesDir)}.stasis-${process.pid}`);
}

/** Nothing may be there yet; a directory beside it takes the images until they are whole. */
export const destinationStage: Stage<DumpState> = {
  name: 'destination',
  async run({ imagesDir, tempDir, undo, native, options }) {
    await clearBefore(native, options.onNote);
    checkFree(imagesDir);
    try {
      undo.directory(tempDir, () => mkdirSync(tempDir, { mode: 0o700 }));
    } catch (error) {
      if (error instanceof StasisError) throw error;
      throw refuse(imagesDir, whyNotMade(imagesDir, error as NodeJS.ErrnoException), error);
    }
  },
  undo({ undo, committed }) {
    if (!committed) undo.takeBack();
  },
};

function checkFree(imagesDir: string): void {
  const there = lookAt(imagesDir);
  if (there?.isSymbolicLink()) throw refuse(imagesDir, 'it is a symbolic link', undefined, 'name the directory itself');
  if (there && there.dev !== statSync(dirname(imagesDir)).dev)
    throw refuse(
      imagesDir,
      'it is a mount point, and a directory is renamed to it in the end',
      undefined,
      'name one inside of it',
    );
  try {
    const inside = readdirSync(imagesDir);
    if (inside.length > 0) throw refuse(imagesDir, 'it exists and is not empty', undefined, 'choose another name, or remove it');
  } catch (error) {
    if (error instanceof StasisError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw refuse(imagesDir, reason(error as NodeJS.ErrnoException), error);
  }
}

function lookAt(imagesDir: string): Stats | undefined {
  try {
    return lstatSync(imagesDir, { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(
      imagesDir,
      code === 'ENOTDIR' ? 'what is above it is not a directory' : reason(error as NodeJS.ErrnoException),
      error,
    );
  }
}

/** Some file systems, as that of /proc, say so by ENOENT that they take no directories of others. */
function whyNotMade(imagesDir: string, error: NodeJS.ErrnoException): string {
  const above = dirname(imagesDir);
  if (error.code === 'ENOENT' && existsSync(above)) return `nobody can make a directory in ${above}`;
  return reason(error);
}

function reason(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'no such directory above it';
    case 'ENOTDIR':
      return 'it is not a directory';
    case 'EEXIST':
      return 'another dump to the same place is under way';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENAMETOOLONG':
      return 'its name is too long';
    case 'EROFS':
      return 'the file system is read-only';
    default:
      return causeOf(error);
  }
}

function refuse(imagesDir: string, cause: string, source?: unknown, hint?: string): StasisError {
  return new StasisError({ kind: 'destination', operation: 'write images to', object: imagesDir, cause, hint, source });
}

/** The native side knows the names of images only; on which disk there was no room is worth more. */
export function inDirectory(error: StasisError, imagesDir: string): StasisError {
  const { kind, operation, object, cause, hint, details, source } = error;
  if (kind !== 'destination' || !/^[^/ ]+\.img$/.test(object)) return error;
  return new StasisError({ kind, operation, object: join(imagesDir, object), cause, hint, details, source });
}
