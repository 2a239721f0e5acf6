// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ifChanged } from '../build/stamp.js';
import { root } from '../lib/root.js';
import { run } from '../lib/run.js';

const INIT = 'build/harness/init';

/**
 * The command that runs another in PID and mount namespaces of its own, with an init that reaps: whatever tests leave
 * behind ends with them, and pids of restored trees are taken by nobody else. Without root it runs as it is.
 */
export async function inNamespace(command: readonly string[]): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return command;
  await ifChanged({ name: 'init', inputs: ['test/harness/init.c'], outputs: [INIT] }, async () => {
    mkdirSync(join(root, 'build/harness'), { recursive: true });
    const { code } = await run('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', INIT, 'test/harness/init.c']);
    if (code !== 0 || !existsSync(join(root, INIT))) throw new Error('cannot build the init of the tests');
  });
  return ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL', join(root, INIT), ...command];
}
