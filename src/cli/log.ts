// SPDX-License-Identifier: GPL-2.0-only
import { openSync, writeSync } from 'node:fs';
import { StasisError } from '../errors/index.js';
import type { NoteListener } from '../progress/types.js';
import { complain } from './output.js';
import { harmless } from './render/paint.js';

export interface LogTargets {
  /** Standard error. */
  readonly verbose: boolean;
  /** A file to add to. */
  readonly file: string | undefined;
}

/** What was done and why, a line each, with the time to the millisecond; undefined where nobody wants to know. @throws StasisError */
export function logTo({ verbose, file }: LogTargets, command: string): NoteListener | undefined {
  if (!verbose && file === undefined) return undefined;
  const fd = file === undefined ? undefined : open(file);
  return (text) => {
    const line = `${new Date().toISOString()} ${command}[${process.pid}]: ${harmless(text)}`;
    if (verbose) complain(line);
    // A full disk ends the log, not the command.
    if (fd !== undefined) quietly(() => writeSync(fd, `${line}\n`));
  };
}

function open(file: string): number {
  try {
    return openSync(file, 'a', 0o600);
  } catch (error) {
    const { message } = error as Error;
    throw new StasisError({ kind: 'destination', operation: 'write the log to', object: file, cause: message, source: error });
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // Nobody is there to be told.
  }
}
