// SPDX-License-Identifier: GPL-2.0-only
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StasisError } from '../errors/index.js';
import type { Stage } from '../stages/run.js';
import type { DumpState } from './context.js';

/** Where images grow until they are whole. `imagesDir`: absolute. */
export function tempDirOf(imagesDir: string): string {
  return join(dirname(imagesDir), `.${basename(imagesDir)}.stasis-${process.pid}`);
}

/** Nothing may be there yet; a directory beside it takes the images until they are whole. */
export const destinationStage: Stage<DumpState> = {
  name: 'destination',
  async run({ imagesDir, tempDir }) {
    await checkFree(imagesDir);
    await mkdir(tempDir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      throw refuse(imagesDir, reason(error), error);
    });
  },
  async undo({ tempDir, committed }) {
    if (!committed) await rm(tempDir, { recursive: true, force: true });
  },
};

async function checkFree(imagesDir: string): Promise<void> {
  try {
    const inside = await readdir(imagesDir);
    if (inside.length > 0) throw refuse(imagesDir, 'it exists and is not empty', undefined, 'choose another name, or remove it');
  } catch (error) {
    if (error instanceof StasisError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw refuse(imagesDir, reason(error as NodeJS.ErrnoException), error);
  }
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
    case 'EROFS':
      return 'the file system is read-only';
    default:
      return error.message;
  }
}

function refuse(imagesDir: string, cause: string, source?: unknown, hint?: string): StasisError {
  return new StasisError({ kind: 'destination', operation: 'write images to', object: imagesDir, cause, hint, source });
}
