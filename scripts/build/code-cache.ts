// SPDX-License-Identifier: GPL-2.0-only
import { run } from '../lib/run.js';
import { ifChanged } from './stamp.js';

/**
 * V8's compiled forms of the command line, for the Node that builds. Other versions make theirs at the first dump or
 * restore, see bin/stasis.
 */
export function buildCodeCache(): Promise<boolean> {
  const product = {
    name: 'code-cache',
    inputs: ['bin', 'src', 'package-lock.json', 'scripts/build'],
    outputs: ['dist/cli/stasis.cjs'],
    salt: process.version,
  };
  return ifChanged(product, async () => {
    for (const use of ['dump', 'restore']) {
      const { code, output } = await run(process.execPath, ['scripts/build/warm-up.cjs', use], { capture: true });
      if (code !== 0) throw new Error(`the warm-up failed: ${output.trim()}`);
    }
  });
}
