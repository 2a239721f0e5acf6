// SPDX-License-Identifier: GPL-2.0-only
import { parseArgs } from 'node:util';
import { buildBundles } from '../build/bundle.js';
import { buildManifest } from '../build/manifest.js';
import { buildNative } from '../build/native.js';
import { buildTypes } from '../build/types.js';
import { napiTargets } from '../lib/package.js';
import { packages } from './packages.js';

const { values } = parseArgs({
  options: { target: { type: 'string', multiple: true }, 'no-build': { type: 'boolean', default: false } },
});

/**
 * `npm run pack`: the npm packages, as archives in build/packages: the one that is the same everywhere, and one with the native
 * part for each target (`--target T`, several times; else all of package.json). `--no-build` takes what dist/ has.
 */
const targets = values.target ?? napiTargets;
try {
  if (!values['no-build']) {
    for (const target of targets) await buildNative(target);
    for (const build of [buildBundles, buildManifest, buildTypes]) await build();
  }
  for (const { path, bytes } of await packages(targets)) console.log(`${path}: ${(bytes / 1e6).toFixed(2)} MB`);
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
}
