// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { launch } from '../../harness/launch.js';
import { killTree, until } from './processes.js';
import { scratch } from './scratch.js';

const PROGRAM = fileURLToPath(new URL('./counter.py', import.meta.url));

/** A small Python process that holds whatever `code` makes, and counts. */
export class Counter {
  readonly pid: number;
  readonly #file: string;

  /** `as`: a command that runs it as somebody else, who may write to `folder`. */
  constructor(t: Pick<ExecutionContext, 'teardown'>, folder: string, code: string, as: readonly string[] = []) {
    this.#file = join(folder, 'counter');
    this.pid = launch([...as, '/usr/bin/python3', PROGRAM, this.#file, code]);
    t.teardown(() => killTree(this.pid));
  }

  /** What `code` left in `object`, once it counts; `skip: reason` where the machine did not let it. */
  async ready(): Promise<string> {
    await this.counts();
    return this.#bytes().subarray(8).toString('utf8').replace(/\0+$/, '');
  }

  /** Waits until it has counted on. @throws Error where it stands still */
  async counts(): Promise<void> {
    const from = this.#count();
    await until(`pid ${this.pid} counts on`, () => this.#count() > from + 3n);
  }

  #count(): bigint {
    const bytes = this.#bytes();
    return bytes.length < 8 ? 0n : bytes.readBigUInt64LE();
  }

  #bytes(): Buffer {
    return existsSync(this.#file) ? readFileSync(this.#file) : Buffer.alloc(0);
  }
}

/** One that counts, in a folder of its own, and where its images may go. */
export async function counter(
  t: Pick<ExecutionContext, 'teardown'>,
  code = '',
): Promise<{ readonly target: Counter; readonly images: string; readonly folder: string }> {
  const folder = scratch(t);
  const target = new Counter(t, folder, code);
  await target.ready();
  return { target, folder, images: join(folder, 'images') };
}
