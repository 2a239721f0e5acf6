// SPDX-License-Identifier: GPL-2.0-only
import { lstatSync, type Stats, statSync } from 'node:fs';
import { StasisError } from '../errors/index.js';
import { readBuildId } from './build-id.js';

export interface Problem {
  /** Verb phrase that follows "cannot": `open`. */
  readonly operation: string;
  readonly object: string;
  readonly cause: string;
  readonly hint?: string | undefined;
}

export interface ExpectedFile {
  /** What it is needed for: `executable of pid 412`. */
  readonly why: string;
  readonly size?: number | undefined;
  /** st_mode; only the type of the file is compared. */
  readonly mode?: number | undefined;
  /** ELF note. */
  readonly buildId?: Uint8Array | undefined;
}

/** Problems told in words. */
const SHOWN = 8;
const S_IFMT = 0o170000;
const S_IFLNK = 0o120000;

/** Collects what is not as the images need it. Nothing here changes the host. */
export class Checks {
  private readonly problems: Problem[] = [];
  private readonly seen = new Set<string>();

  problem(problem: Problem): void {
    this.problems.push(problem);
  }

  /** A file that must be there, with the size and the build id it had. */
  file(path: string | Buffer, expected: ExpectedFile): void {
    const { why, size, mode, buildId } = expected;
    const key = `${path.toString('latin1')}\0${size}\0${mode}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const cause = differs(path, size, mode, buildId);
    if (!cause) return;
    const hint =
      cause === 'no such file'
        ? 'bring the file back, or restore where it is'
        : 'the images fit only the file as it was at the dump';
    this.problem({ operation: 'restore', object: `${why}: ${path.toString()}`, cause, hint });
  }

  /** @throws StasisError of kind `host` that tells all problems */
  finish(imagesDir: string): void {
    const [first] = this.problems;
    if (!first) return;
    const one = this.problems.length === 1;
    throw new StasisError({
      kind: 'host',
      operation: one ? first.operation : 'restore',
      object: one ? first.object : imagesDir,
      cause: one ? first.cause : this.listed(),
      hint: one ? first.hint : [...new Set(this.problems.map(({ hint }) => hint).filter((hint) => hint))].join('; ') || undefined,
      details: { stage: 'check', problems: this.problems },
    });
  }

  /** What a person can take in; `details` has the rest. */
  private listed(): string {
    const shown = this.problems.slice(0, SHOWN).map(({ object, cause }) => `${object}: ${cause}`);
    const more = this.problems.length - shown.length;
    return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  }
}

function differs(path: string | Buffer, size?: number, mode?: number, buildId?: Uint8Array): string | undefined {
  let stats: Stats | undefined;
  try {
    // A description of a symbolic link itself (O_PATH | O_NOFOLLOW) needs the link, wherever it leads.
    const look = mode !== undefined && (mode & S_IFMT) === S_IFLNK ? lstatSync : statSync;
    stats = look(path, { throwIfNoEntry: false });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'permission denied' : String((error as Error).message);
  }
  if (!stats) return 'no such file';
  if (mode !== undefined && (mode & S_IFMT) !== (stats.mode & S_IFMT)) return 'it is another type of file now';
  if (size !== undefined && stats.size !== size) return `its size was ${size} bytes and is ${stats.size} now`;
  if (buildId === undefined || buildId.length === 0) return undefined;
  const found = readBuildId(path);
  if (found && Buffer.compare(padded(found, buildId.length), buildId) !== 0) {
    return `its build id was ${hex(buildId)} and is ${hex(found)} now`;
  }
  return found ? undefined : 'it had a build id and has none now';
}

/** Images keep build ids as whole words. */
function padded(id: Uint8Array, length: number): Uint8Array {
  if (id.length >= length) return id;
  const longer = new Uint8Array(length);
  longer.set(id);
  return longer;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
