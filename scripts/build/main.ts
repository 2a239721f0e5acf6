// SPDX-License-Identifier: GPL-2.0-only
import { parseArgs } from 'node:util';
import { chosen } from '../lib/chosen.js';
import { buildBundles } from './bundle.js';
import { buildCodeCache } from './code-cache.js';
import { buildManifest } from './manifest.js';
import { buildNative } from './native.js';
import { buildTypes } from './types.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { target: { type: 'string' } } });

/** `npm run build -- --target aarch64-unknown-linux-gnu`: the addon for another machine; all else is the same on each. */
const STEPS = [
  { name: 'native', build: () => buildNative(values.target) },
  { name: 'bundle', build: buildBundles },
  { name: 'manifest', build: buildManifest },
  { name: 'code cache', build: buildCodeCache },
  // Last, as it may fail on what the rest does not care about.
  { name: 'types', build: buildTypes },
] as const;

for (const { name, build } of chosen('build step', STEPS, positionals)) {
  const began = performance.now();
  try {
    const built = await build();
    console.log(`${name}: ${built ? `built in ${((performance.now() - began) / 1000).toFixed(1)} s` : 'up to date'}`);
  } catch (thrown) {
    console.error(`${name}: ${thrown instanceof Error ? thrown.message : thrown}`);
    process.exitCode = 1;
  }
}
