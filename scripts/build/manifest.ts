// SPDX-License-Identifier: GPL-2.0-only
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Plugin } from '@oclif/core';
import { build } from 'esbuild';
import { oclifPackage } from '../../src/cli/oclif-package.js';
import { packageVersion } from '../lib/package.js';
import { root } from '../lib/root.js';
import { ifChanged } from './stamp.js';

/** What oclif's help reads in place of the commands themselves: `oclif.manifest.json`. */
export function buildManifest(): Promise<boolean> {
  const product = {
    name: 'manifest',
    inputs: ['src/cli', 'src/commands', 'package.json', 'package-lock.json', 'scripts/build/manifest.ts'],
    outputs: ['oclif.manifest.json'],
  };
  return ifChanged(product, async () => {
    // Inside the checkout, so that its packages are found.
    const folder = await mkdtemp(join(root, 'build', 'manifest-'));
    try {
      const outfile = join(folder, 'commands.mjs');
      await build({
        stdin: { contents: CLASSES, resolveDir: root, loader: 'ts' },
        absWorkingDir: root,
        bundle: true,
        platform: 'node',
        format: 'esm',
        packages: 'external',
        define: { STASIS_VERSION: '""' },
        outfile,
        logLevel: 'warning',
      });
      const pjson = oclifPackage(packageVersion, { strategy: 'explicit', target: outfile, identifier: 'commands' });
      const plugin = new Plugin({ root, pjson, ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true });
      await plugin.load();
      await writeFile(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 1)}\n`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

const CLASSES = `
import { commandTable } from './src/main/command-table.ts';
const load = async ([id, module]) => [id, (await module()).default];
export const commands = Object.fromEntries(await Promise.all(Object.entries(commandTable).map(load)));
`;
