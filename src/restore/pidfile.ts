// SPDX-License-Identifier: GPL-2.0-only
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { StasisError } from '../errors/index.js';

/** The file that tells the pid of the root. It appears whole, in place of an older one, and nothing else gives way to it. */
export class Pidfile {
  private written: string | undefined;

  constructor(private readonly path: string) {}

  /** @throws StasisError of kind `host` */
  write(pid: number): void {
    try {
      const path = this.place();
      const temporary = `${path}.stasis-${process.pid}`;
      writeFileSync(temporary, `${pid}\n`, { flag: 'wx' });
      try {
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
      this.written = path;
    } catch (error) {
      const { message } = error as Error;
      throw new StasisError({ kind: 'host', operation: 'write the pid to', object: this.path, cause: message, source: error });
    }
  }

  /** Removes what was written. */
  takeBack(): void {
    if (this.written !== undefined) rmSync(this.written, { force: true });
  }

  private place(): string {
    const there = statSync(this.path, { throwIfNoEntry: false });
    if (!there) return this.path;
    if (!there.isFile()) throw new Error('it is there, and is not a regular file');
    return realpathSync(this.path);
  }
}
