// SPDX-License-Identifier: GPL-2.0-only
import { chosen } from '../lib/chosen.js';
import { buildBundles } from './bundle.js';
import { buildCodeCache } from './code-cache.js';
import { buildManifest } from './manifest.js';
import { buildNative } from './native.js';
import { buildTypes } from './types.js';

const STEPS = [
  { name: 'native', build: buildNative },
  { name: 'bundle', build: buildBundles },
  { name: 'manifest', build: buildManifest },
  { name: 'code cache', build: buildCodeCache },
  // Last, as it may fail on what the rest does not care about.
  { name: 'types', build: buildTypes },
] as const;

for (const { name, build } of chosen('build step', STEPS)) {
  const began = performance.now();
  try {
    const built = await build();
    console.log(`${name}: ${built ? `built in ${((performance.now() - began) / 1000).toFixed(1)} s` : 'up to date'}`);
  } catch (thrown) {
    console.error(`${name}: ${thrown instanceof Error ? thrown.message : thrown}`);
    process.exitCode = 1;
  }
}
