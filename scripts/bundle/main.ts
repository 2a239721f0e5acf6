// SPDX-License-Identifier: GPL-2.0-only
import { parseArgs } from 'node:util';
import { MACHINES } from '../../test/lab/machines/index.js';
import { buildBundles } from '../build/bundle.js';
import { buildManifest } from '../build/manifest.js';
import { buildNative } from '../build/native.js';
import { bundle } from './bundle.js';

const { values } = parseArgs({
  options: { arch: { type: 'string', default: 'arm64' }, 'no-build': { type: 'boolean', default: false } },
});

/**
 * `npm run bundle -- --arch arm64`: all that Stasis needs to run where there is no /lib and no Node, as one archive in
 * build/bundle. `--no-build` takes what dist/ has.
 */
try {
  const machine = MACHINES[values.arch];
  if (machine === undefined)
    throw new Error(`there is no --arch ${values.arch}: it is one of ${Object.keys(MACHINES).join(', ')}`);
  if (!values['no-build']) {
    await buildNative(machine.target);
    for (const build of [buildBundles, buildManifest]) await build();
  }
  const { path, bytes, parts } = await bundle(machine);
  for (const part of parts) console.log(`${(part.bytes / 1e6).toFixed(2).padStart(6)} MB  ${part.name}`);
  console.log(`${(bytes / 1e6).toFixed(2).padStart(6)} MB  ${path}`);
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
}
