// SPDX-License-Identifier: GPL-2.0-only
import { closeSync, fstatSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeApi } from '../native/contract.js';
import { isOurs, makeStateDir } from './place.js';
import type { Step } from './steps.js';

/** Who writes it. */
export interface Author {
  readonly command: 'dump' | 'restore';
  /** What it is at work on: `pid 412`, or the directory of images. */
  readonly object: string;
  readonly pid: number;
  /** Pids are of this namespace: the link /proc/self/ns/pid. */
  readonly pidNamespace: string;
  /** Wall clock, in ms. */
  readonly began: number;
}

/** A process by more than its number, which may have been given out again. `start`: field 22 of proc_pid_stat(5). */
export interface Process {
  readonly pid: number;
  readonly start: string;
}

/** A line of a journal. */
export type Line =
  | { readonly author: Author }
  | { readonly step: Step }
  /** Processes that do the work, and die with their author until they are let go. */
  | { readonly workers: readonly Process[] }
  /** The tree is about to be let go: if it is there later, the work was done. */
  | { readonly tree: Process }
  /** The work is done. */
  | { readonly done: true };

type Lock = Pick<NativeApi, 'lockFile'>;

/**
 * Told what is about to be changed, so that the next command can take it back should this process be killed. The file is
 * locked as long as we live: who gets the lock knows that its author is dead, whatever pid it had, and in whatever
 * namespace.
 */
export class Journal {
  private constructor(
    private readonly path: string,
    private fd: number,
  ) {}

  /** Undefined where there is no place for it, or it cannot be locked: nothing is taken back after a SIGKILL then. */
  static begin(directory: string, author: Author, native: Lock): Journal | undefined {
    try {
      if (!isOurs(directory)) {
        makeStateDir(directory);
        if (!isOurs(directory)) return undefined;
      }
      const path = join(directory, `${author.command}-${author.pid}-${process.hrtime.bigint().toString(36)}`);
      closeSync(openSync(path, 'wx', 0o600));
      const fd = native.lockFile(path);
      if (fd < 0) unlinkSync(path);
      // Between making and locking it looked like one of somebody dead, and may have been taken away.
      if (fd < 0 || fstatSync(fd).nlink === 0) return undefined;
      const journal = new Journal(path, fd);
      journal.write([{ author }]);
      return journal;
    } catch {
      return undefined;
    }
  }

  /**
   * Returns when the kernel has it, which is enough for whoever comes after a SIGKILL. (Not fsync(2): after a loss of power
   * there is no /run, and where that is on a disk it would take some milliseconds of every dump.) @throws what node:fs
   * throws: the disk may be full
   */
  write(lines: readonly Line[]): void {
    if (this.fd < 0) return;
    writeSync(this.fd, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** Nothing is left to be taken back. */
  end(): void {
    if (this.fd < 0) return;
    unlinkSync(this.path);
    closeSync(this.fd);
    this.fd = -1;
  }
}

/** A journal as it was found. */
export interface Found {
  readonly author: Author;
  /** In the order in which they were told. */
  readonly steps: readonly Step[];
  readonly workers: readonly Process[];
  readonly tree: Process | undefined;
  readonly done: boolean;
}

/** A last line that was not finished tells of nothing that was begun. Undefined: it ends before it says whose it is. */
export function readJournal(fd: number): Found | undefined {
  const lines = readFileSync(fd, 'utf8').split('\n').slice(0, -1);
  const steps = new Map<string, Step>();
  const found = { workers: [] as Process[], tree: undefined as Process | undefined, done: false };
  let author: Author | undefined;
  for (const text of lines) {
    const line = JSON.parse(text) as Line;
    if ('author' in line) author = line.author;
    // Told again when more is known.
    else if ('step' in line) steps.set(`${line.step.kind} ${line.step.path}`, line.step);
    else if ('workers' in line) found.workers.push(...line.workers);
    else if ('tree' in line) found.tree = line.tree;
    else found.done = true;
  }
  return author && { author, steps: [...steps.values()], ...found };
}
