// SPDX-License-Identifier: GPL-2.0-only
import { accessSync, constants, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { causeOf } from '../errors/errno.js';
import { StasisError } from '../errors/index.js';
import type { UndoLog } from '../undo/log.js';

/** The file that tells the pid of the root. It appears whole, in place of an older one, and nothing else gives way to it. */
export class Pidfile {
  constructor(
    private readonly path: string,
    private readonly undo: UndoLog,
  ) {}

  /** Undone like all else that the restore makes. @throws StasisError of kind `destination` */
  write(pid: number): void {
    try {
      const path = this.place();
      const temporary = `${path}.stasis-${process.pid}`;
      this.undo.file(temporary, () => writeFileSync(temporary, `${pid}\n`, { flag: 'wx' }));
      this.undo.file(path, () => renameSync(temporary, path));
    } catch (error) {
      throw this.refused(error);
    }
  }

  /** Before there is a tree: whether it could be written by now. @throws StasisError of kind `destination` */
  check(): void {
    try {
      accessSync(dirname(this.place()), constants.W_OK);
    } catch (error) {
      throw this.refused(error);
    }
  }

  private refused(source: unknown): StasisError {
    return new StasisError({
      kind: 'destination',
      operation: 'write the pid to',
      object: this.path,
      cause: causeOf(source),
      hint: 'name another file by --pidfile',
      source,
    });
  }

  private place(): string {
    const there = statSync(this.path, { throwIfNoEntry: false });
    if (!there) return resolve(this.path);
    if (!there.isFile()) throw new Error('it is there, and is not a regular file');
    return realpathSync(this.path);
  }
}
