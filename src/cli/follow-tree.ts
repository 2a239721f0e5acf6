// SPDX-License-Identifier: GPL-2.0-only
import { constants } from 'node:os';
import type { RestoredTree } from '../restore/types.js';

const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGCONT', 'SIGWINCH'] as const;
/** Signals after which no core of this process is wanted, only the same fate. */
const FATAL = new Set<string>(['SIGHUP', 'SIGINT', 'SIGKILL', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGPIPE']);

/** Waits for the restored tree, forwards signals to it, and returns the exit code that says how it ended. */
export async function followTree(tree: RestoredTree): Promise<number> {
  const listeners = FORWARDED.map((name) => {
    const listener = (): void => tree.kill(name);
    process.on(name, listener);
    return { name, listener };
  });
  const { code, signal } = await tree.wait();
  for (const { name, listener } of listeners) process.off(name, listener);
  if (signal === null) return code ?? 0;
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  // Dying of the same signal is what lets a shell or a supervisor see how the tree ended.
  if (name !== undefined && FATAL.has(name)) process.kill(process.pid, name as NodeJS.Signals);
  return 128 + signal;
}
