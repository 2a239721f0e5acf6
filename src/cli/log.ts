// SPDX-License-Identifier: GPL-2.0-only
import { openSync, writeSync } from 'node:fs';
import { causeOf } from '../errors/errno.js';
import { StasisError } from '../errors/index.js';
import type { NoteListener } from '../stages/progress.js';
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
  let cut = false;
  // A full disk ends the log, not the command; but whoever counts on the log is told.
  const add = (line: string): void => {
    try {
      if (!cut) writeSync(fd as number, line);
    } catch (error) {
      cut = true;
      complain(`warning: the log in ${file} ends here: ${causeOf(error)}`);
    }
  };
  return (text) => {
    const line = `${new Date().toISOString()} ${command}[${process.pid}]: ${harmless(text)}`;
    if (verbose) complain(line);
    if (fd !== undefined) add(`${line}\n`);
  };
}

function open(file: string): number {
  try {
    return openSync(file, 'a', 0o600);
  } catch (error) {
    throw new StasisError({
      kind: 'destination',
      operation: 'write the log to',
      object: file,
      cause: causeOf(error),
      hint: 'name a file in a directory that is there and can be written',
      source: error,
    });
  }
}
