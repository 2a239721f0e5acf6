// SPDX-License-Identifier: GPL-2.0-only

import { accessSync, type BigIntStats, closeSync, constants, lstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { causeOf } from '../errors/errno.js';
import { StasisError } from '../errors/index.js';
import { big, type U64 } from '../images/wire/u64.js';
import { O_ACCMODE, O_APPEND, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY, S_IFREG } from '../linux/fcntl.js';
import { Findings } from '../memo.js';
import { type Mount, parseMounts } from '../text/mountinfo.js';
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
  readonly size?: U64 | undefined;
  /** st_mode; only the type of the file is compared. */
  readonly mode?: number | undefined;
  /** ELF note. */
  readonly buildId?: Uint8Array | undefined;
  /** Flags that it will be opened with; only what they ask permission for counts. */
  readonly flags?: number | undefined;
  /** It is a program, or mapped as code. */
  readonly runs?: 'program' | 'code' | undefined;
}

/** A tree that is about to be killed. */
export interface Standing {
  /** The number on this host of a task, which is named as the images do. */
  hostPid(pid: number): number;
}

/** Problems told in words. */
const SHOWN = 8;
const S_IFMT = 0o170000;
const S_IFLNK = 0o120000;

/** Collects what is not as the images need it. Nothing here changes the host. */
export class Checks {
  private readonly problems: Problem[] = [];
  private readonly seen = new Set<string>();
  private mountsHere: readonly Mount[] | undefined;
  /** What the plan needs to know of the host. */
  readonly findings = new Findings();

  /** `standing`: the tree itself is still there, to be killed before a restore; what it alone holds will be free. */
  constructor(readonly standing?: Standing) {}

  problem(problem: Problem): void {
    this.problems.push(problem);
  }

  /** Looked up once: most libraries may not be executed by their mode, so each of them asks. */
  private get mounts(): readonly Mount[] {
    this.mountsHere ??= parseMounts(readFileSync('/proc/self/mountinfo', 'latin1'));
    return this.mountsHere;
  }

  /** A file that must be there, with the size and the build id it had. */
  file(path: string | Buffer, expected: ExpectedFile): void {
    const { why, size, mode, buildId, flags, runs } = expected;
    const wanted = flags === undefined ? undefined : permissionsOf(flags);
    const key = `${path.toString('latin1')}\0${size}\0${mode}\0${wanted}\0${runs}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const cause =
      differs(path, size, mode, buildId) ??
      forbidden(path, wanted) ??
      refusesWriting(path, flags, mode) ??
      notToRun(path, runs, () => this.mounts);
    if (!cause) return;
    this.problem({ operation: 'restore', object: `${why}: ${path.toString()}`, cause, hint: hintFor(cause) });
  }

  /** What is not as it should be, in words. */
  told(): string[] {
    return this.problems.map(({ object, cause }) => `${object}: ${cause}`);
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

function differs(path: string | Buffer, size?: U64, mode?: number, buildId?: Uint8Array): string | undefined {
  let stats: BigIntStats | undefined;
  try {
    // A description of a symbolic link itself (O_PATH | O_NOFOLLOW) needs the link, wherever it leads.
    const look = mode !== undefined && (mode & S_IFMT) === S_IFLNK ? lstatSync : statSync;
    stats = look(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    return causeOf(error);
  }
  if (!stats) return 'no such file';
  if (mode !== undefined && (mode & S_IFMT) !== (Number(stats.mode) & S_IFMT)) return 'it is another type of file now';
  if (size !== undefined && stats.size !== big(size)) return `its size was ${size} bytes and is ${stats.size} now`;
  if (buildId === undefined || buildId.length === 0) return undefined;
  const found = readBuildId(path);
  if (found && Buffer.compare(padded(found, buildId.length), buildId) !== 0) {
    return `its build id was ${hex(buildId)} and is ${hex(found)} now`;
  }
  return found ? undefined : 'it had a build id and has none now';
}

function hintFor(cause: string): string | undefined {
  if (cause === 'no such file') return 'bring the file back, or restore where it is';
  return [...FORBIDDEN.values()].includes(cause) ? undefined : 'the images fit only the file as it was at the dump';
}

/** access(2) */
function permissionsOf(flags: number): number | undefined {
  if (flags & O_PATH) return undefined;
  const mode = flags & O_ACCMODE;
  return (mode === O_WRONLY ? 0 : constants.R_OK) | (mode === O_RDONLY ? 0 : constants.W_OK);
}

const FORBIDDEN = new Map([
  ['EACCES', 'permission denied'],
  ['EROFS', 'it would be opened for writing, and its file system is read-only'],
  ['EPERM', 'it would be opened for writing, and is immutable or append-only (chattr)'],
]);

function forbidden(path: string | Buffer, wanted: number | undefined): string | undefined {
  if (wanted === undefined) return undefined;
  try {
    accessSync(path, wanted);
    return undefined;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return FORBIDDEN.get(code) ?? message;
  }
}

/** What access(2) does not tell: a file that only takes what is appended (chattr +a). Opened as it will be, and closed again. */
function refusesWriting(path: string | Buffer, flags = 0, mode = 0): string | undefined {
  if ((mode & S_IFMT) !== S_IFREG || flags & (O_PATH | O_APPEND) || (flags & O_ACCMODE) === O_RDONLY) return undefined;
  try {
    closeSync(openSync(path, (flags & O_ACCMODE) | O_NONBLOCK));
    return undefined;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return code === 'EPERM' ? FORBIDDEN.get(code) : code === 'ETXTBSY' ? undefined : message;
  }
}

/** Code cannot be mapped where a file system is mounted noexec. Of a program the kernel wants permission, too (PR_SET_MM_EXE_FILE). */
function notToRun(path: string | Buffer, runs: ExpectedFile['runs'], mounts: () => readonly Mount[]): string | undefined {
  if (!runs) return undefined;
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    if (runs === 'program') return 'it cannot be executed any more, for its mode or a file system that is mounted noexec';
    return isMountedNoexec(path, mounts()) ? 'it is mapped as code, and its file system is mounted noexec' : undefined;
  }
}

/** By the mount with the longest name that leads there, the last of those at one place. */
function isMountedNoexec(path: string | Buffer, mounts: readonly Mount[]): boolean {
  const name = `${path.toString('latin1')}/`;
  let [longest, found] = [-1, false];
  for (const { place, options } of mounts) {
    if (!name.startsWith(place === '/' ? '/' : `${place}/`) || place.length < longest) continue;
    [longest, found] = [place.length, options.includes('noexec')];
  }
  return found;
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
