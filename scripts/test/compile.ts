// SPDX-License-Identifier: GPL-2.0-only
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { filesOf, ifChanged } from '../build/stamp.js';
import { packageVersion } from '../lib/package.js';
import { root } from '../lib/root.js';

/** Where the compiled tests lie, in the folders of their sources. */
export const COMPILED = 'build/tests';
const SOURCES = ['src', 'scripts', 'test'];

/** The tests and what they import, as JavaScript: a loader that compiles would cost each test file half a second. */
export function compileTests(): Promise<boolean> {
  // What is compiled names its sources by their path: a checkout that was copied or moved has to be compiled anew.
  const product = { name: 'tests', inputs: [...SOURCES, 'package-lock.json'], outputs: [COMPILED], salt: root };
  return ifChanged(product, async () => {
    await rm(join(root, COMPILED), { recursive: true, force: true });
    await build({
      absWorkingDir: root,
      entryPoints: SOURCES.flatMap((folder) => [...filesOf(folder)]).filter((file) => /(?<!\.d)\.ts$/.test(file)),
      outbase: root,
      outdir: COMPILED,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      sourcemap: 'inline',
      sourcesContent: false,
      define: { STASIS_VERSION: JSON.stringify(packageVersion) },
      plugins: [originalUrls],
      logLevel: 'warning',
    });
  });
}

/** `import.meta.url` stays the source's, so that files beside it are found. */
const originalUrls: Plugin = {
  name: 'original-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' };
    });
  },
};
