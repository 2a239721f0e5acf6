// SPDX-License-Identifier: GPL-2.0-only
import { renameSync } from 'node:fs';
import { causeOf } from '../errors/errno.js';
import { StasisError } from '../errors/index.js';
import type { NativeApi } from '../native/contract.js';
import { Journal, type Line } from './journal.js';
import { stateDir } from './place.js';
import { pidNamespace, processOf } from './process.js';
import { bytes, confirm, identify, pathOf, type Step, takeBack } from './steps.js';

/**
 * Everything outside the tree that a dump or a restore changes and would have to take back, each told before it is done:
 * to this process, which takes it back if the work fails, and to a journal, for whoever comes after a SIGKILL.
 */
export class UndoLog {
  private steps: Step[] = [];
  private journal: Journal | undefined;
  private begun = false;

  constructor(
    private readonly command: 'dump' | 'restore',
    private readonly object: string,
    private readonly native: Pick<NativeApi, 'lockFile'>,
  ) {}

  /** About to make a directory that only we know of; `make` makes it. */
  directory(path: string, make: () => void): void {
    const step: Step = { kind: 'directory', path: pathOf(path) };
    this.tell([{ step }]);
    make();
    const is = identify(step.path);
    const made = is ? { ...step, is } : step;
    this.steps.push(made);
    this.tell([{ step: made }]);
  }

  /** About to make a file; `make` makes it. */
  file(path: string, make: () => void): void {
    const step: Step = { kind: 'made', path: pathOf(path), folder: false, at: Date.now() };
    this.tell([{ step }]);
    make();
    this.steps.push(step);
  }

  /** About to have these made by the tree. */
  makes(made: readonly { readonly path: string | Uint8Array; readonly folder?: boolean }[]): void {
    const steps = made.map(({ path, folder = false }): Step => ({ kind: 'made', path: pathOf(path), folder, at: Date.now() }));
    this.steps.push(...steps);
    this.tell(steps.map((step) => ({ step })));
  }

  /** Files at these paths give way; where there is none, what comes there is to go. @throws StasisError of kind `host` */
  moveAside(paths: Iterable<string>): void {
    for (const path of paths) {
      const is = identify(pathOf(path));
      if (!is) {
        this.makes([{ path }]);
        continue;
      }
      const step: Step = { kind: 'moved', path: pathOf(path), kept: unused(pathOf(path)), is, at: Date.now() };
      this.tell([{ step }]);
      try {
        renameSync(bytes(step.path), bytes(step.kept));
      } catch (error) {
        throw new StasisError({ kind: 'host', operation: 'move aside', object: path, cause: causeOf(error), source: error });
      }
      this.steps.push(step);
    }
  }

  /** Who does the work, and dies with us. */
  workers(pids: readonly number[]): void {
    this.tell([{ workers: pids.map(processOf).filter((process) => process !== undefined) }]);
  }

  /** The tree is about to be let go. Told only if there is anything to take back. */
  letsGo(root: number): void {
    const tree = processOf(root);
    if (tree && this.begun) this.tell([{ tree }]);
  }

  /** The work has come to nothing: the last step is taken back first. @throws what node:fs throws, when all that can be is taken back */
  takeBack(): void {
    const failures: unknown[] = [];
    for (const step of this.steps.splice(0).reverse()) {
      try {
        takeBack(step);
      } catch (error) {
        failures.push(error);
      }
    }
    // What could not be taken back may be one day: its journal stays.
    if (failures.length > 0) throw failures[0];
    this.journal?.end();
  }

  /** The work is done: nothing is taken back any more. */
  keep(): void {
    if (this.steps.some(({ kind }) => kind === 'moved')) this.tell([{ done: true }]);
    for (const step of this.steps.splice(0)) confirm(step);
    this.journal?.end();
  }

  private tell(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    if (!this.begun) {
      const { command, object } = this;
      const author = { command, object, pid: process.pid, pidNamespace: pidNamespace(), began: Date.now() };
      this.journal = Journal.begin(stateDir(), author, this.native);
      this.begun = true;
    }
    try {
      this.journal?.write(lines);
    } catch (error) {
      throw new StasisError({
        kind: 'host',
        operation: 'write down what would have to be taken back in',
        object: stateDir(),
        cause: causeOf(error),
        hint: 'make room there, or let STASIS_STATE_DIR name another directory',
        source: error,
      });
    }
  }
}

/** A name beside it that nobody has. */
function unused(path: string): string {
  for (let nth = 0; ; nth++) {
    const name = `${path}.stasis-${process.pid}${nth === 0 ? '' : `-${nth}`}`;
    if (!identify(name)) return name;
  }
}
