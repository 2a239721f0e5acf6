// SPDX-License-Identifier: GPL-2.0-only
import { dump, restore, StasisError } from '../../../src/index.js';
import { stasis } from '../../harness/stasis.js';
import { anyLeft, processesBelow, threadsOf } from './processes.js';

/** A way to dump and restore. Both reject with an Error whose message says why it did not work. */
export interface Driver {
  readonly name: string;
  dump(pid: number, imagesDir: string, options?: { readonly shellJob?: boolean }): Promise<void>;
  /** Detached. */
  restore(imagesDir: string): Promise<void>;
}

export const library: Driver = {
  name: 'library',
  async dump(pid, imagesDir, options) {
    await dump({ pid, imagesDir, ...options });
  },
  async restore(imagesDir) {
    const { warnings } = await restore({ imagesDir, detach: true });
    // CPU clocks cannot be set: whoever has a limit on CPU time is told so.
    const unexpected = warnings.filter((warning) => !warning.includes('a limit on CPU time'));
    if (unexpected.length > 0) throw new Error(`restored with warnings: ${unexpected.join('; ')}`);
  },
};

export const commandLine: Driver = {
  name: 'command line',
  async dump(pid, imagesDir, { shellJob } = {}) {
    await succeed('dump', `${pid}`, '--images-dir', imagesDir, ...(shellJob ? ['--shell-job'] : []));
  },
  async restore(imagesDir) {
    await succeed('restore', '--images-dir', imagesDir, '--detach');
  },
};

async function succeed(...args: string[]): Promise<void> {
  const { code, signal, stderr } = await stasis(...args);
  if (code !== 0) throw new Error(`stasis ${args[0]} ended with ${code ?? signal}: ${stderr.trim()}`);
}

/** Dumps with a kill and sees that every process and thread of the tree is gone, and its id with it. */
export async function dumpGone(driver: Driver, pid: number, imagesDir: string, shellJob = false): Promise<void> {
  const pids = processesBelow(pid);
  const tids = threadsOf(pids);
  await driver.dump(pid, imagesDir, { shellJob });
  const left = await anyLeft([...new Set([...pids, ...tids])]);
  if (left !== undefined) throw new Error(`after the dump ${left}`);
}

/** Whether a dump was refused because it met what is not supported. */
export function isRefusal(thrown: unknown): boolean {
  return thrown instanceof StasisError ? thrown.kind === 'unsupported' : /ended with 3:/.test(String(thrown));
}

/** Dumps and lets the tree run on; `whileFrozen` is called when all is collected, before any of it runs again. */
export async function dumpAndRun(pid: number, imagesDir: string, whileFrozen: () => void = () => undefined): Promise<void> {
  await dump({ pid, imagesDir, after: 'run', onProgress: ({ stage }) => stage === 'release' && whileFrozen() });
}
