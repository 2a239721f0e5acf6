// SPDX-License-Identifier: LGPL-2.1-only
import { closeSync, constants, fstatSync, openSync, readlinkSync, type Stats, statfsSync } from 'node:fs';
import { resolve } from 'node:path';
import { cannotRead, type UntrustedImages } from './error.js';
import { servedBy } from './fuse.js';
import { type Owner, strangerOwns, type Trust, untrusted, whoElse, whoElseReplaces } from './trust.js';

const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const PROC_SUPER_MAGIC = 0x9fa0;
/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * A directory of images, opened once. What is read of it is read through this descriptor, so that it is of the directory
 * that was looked at, whatever its path leads to by then.
 */
export class ImageSource {
  /** What somebody else could have written, if told to go on all the same. */
  doubt: UntrustedImages | undefined;

  private constructor(
    /** As it was named. */
    readonly path: string,
    private readonly trust: Trust,
    private fd: number,
  ) {}

  /** A path that leads to this very directory, for native code too, until it is closed. */
  get at(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** @throws ImageError where it is not there, UntrustedImages where somebody else could have put it there */
  static open(path: string, trust: Trust): ImageSource {
    const source = new ImageSource(path, trust, openSync('/', O_PATH | O_CLOEXEC));
    try {
      source.walk(resolve(path));
      source.move(source.open(source.at, constants.O_RDONLY | constants.O_DIRECTORY));
      if (trust !== 'any') source.judge(path, whoElse(fstatSync(source.fd)));
      return source;
    } catch (error) {
      source.close();
      throw error;
    }
  }

  /** Looks whose a file of it is. @throws UntrustedImages */
  judgeFile(name: string, owner: Owner): void {
    if (this.trust !== 'any') this.judge(`image ${name}`, whoElse(owner), name);
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }

  private judge(object: string, cause: string | undefined, file?: string): void {
    if (cause === undefined || this.trust === 'any') return;
    const error = untrusted(object, cause, file);
    if (this.trust === 'refuse') throw error;
    this.doubt ??= error;
  }

  /** From the root, one part after the other, each relative to the descriptor of the one before: nothing can be swapped in between. */
  private walk(path: string): void {
    const parts = partsOf(path);
    let links = 0;
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const on = fstatSync(this.fd);
      if (!on.isDirectory()) throw cannotRead(this.path, 'not a directory');
      const cause = this.trust === 'any' ? undefined : whoElseReplaces(on);
      if (cause !== undefined) this.judge(`${this.path}: ${readlinkSync(this.at)} is on its way`, cause);
      const next = this.open(`${this.at}/${part}`, O_PATH | constants.O_NOFOLLOW);
      const stats = fstatSync(next);
      if (stats.dev !== on.dev) this.judgeMount(next, stats);
      if (!stats.isSymbolicLink()) {
        this.move(next);
        continue;
      }
      closeSync(next);
      if (++links > MOST_LINKS) throw cannotRead(this.path, 'too many levels of symbolic links');
      this.judgeLink(part, stats);
      if (statfsSync(this.at).type === PROC_SUPER_MAGIC) {
        // Links of /proc lead where their text may not: to what a process has open, or has as its root.
        this.move(this.open(`${this.at}/${part}`, O_PATH));
        continue;
      }
      const target = readlinkSync(`${this.at}/${part}`);
      if (target.startsWith('/')) this.move(this.open('/', O_PATH));
      parts.unshift(...partsOf(target));
    }
  }

  private judgeLink(name: string, stats: Stats): void {
    if (strangerOwns(stats)) this.judge(`${this.path}: symbolic link ${name}`, `it belongs to uid ${stats.uid}`);
  }

  private judgeMount(fd: number, { dev }: Stats): void {
    if (this.trust === 'any') return;
    const at = `/proc/self/fd/${fd}`;
    const uid = servedBy(at, dev);
    if (uid === undefined || !strangerOwns({ uid, mode: 0 })) return;
    this.judge(
      `${this.path}: ${readlinkSync(at)}`,
      `it is on a file system that ${uid < 0 ? 'somebody' : `uid ${uid}`} serves (FUSE)`,
    );
  }

  private open(path: string, flags: number): number {
    try {
      return openSync(path, flags | O_CLOEXEC);
    } catch (error) {
      throw cannotRead(this.path, undefined, error as NodeJS.ErrnoException);
    }
  }

  private move(fd: number): void {
    closeSync(this.fd);
    this.fd = fd;
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
