// SPDX-License-Identifier: GPL-2.0-only
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';

const PATIENCE_MS = 1_800_000;

/**
 * What tests of the whole machine must not use at once. Terminals: restored ones have the numbers they had, so while one
 * is on disk nobody else may open any. Cores: the survivor takes all it gets, and two of them make each other slow.
 */
export type Exclusive = 'terminals' | 'cores';

/** Waits for its turn, if there is anything to have; has it until the end of the test. The lock is a socket, so it cannot outlive its holder. */
export async function alone(t: Pick<ExecutionContext, 'teardown' | 'timeout'>, what: Exclusive | undefined): Promise<void> {
  if (what === undefined) return;
  t.timeout(PATIENCE_MS);
  for (;;) {
    const server = createServer();
    const taken = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(`\0stasis-e2e-${what}`, () => resolve(true));
    });
    if (taken) {
      server.unref();
      t.teardown(() => {
        server.close();
      });
      return;
    }
    await sleep(50);
  }
}
