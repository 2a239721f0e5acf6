// SPDX-License-Identifier: GPL-2.0-only
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { packageVersion } from '../lib/package.js';
import { root } from '../lib/root.js';
import { leanOclif } from './lean-oclif.js';
import { ifChanged } from './stamp.js';

const COMMON: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  logLevel: 'warning',
};

/**
 * The library as ES modules (`dist/js`) and the command line as one CommonJS file (`dist/cli/stasis.cjs`).
 * One file because V8's code cache, which Node 20 offers for CommonJS only, makes it start in a few milliseconds; its
 * modules, the commands among them, are still evaluated one by one, when first needed.
 */
export function buildBundles(): Promise<boolean> {
  const product = {
    name: 'bundle',
    inputs: ['src', 'package.json', 'package-lock.json', 'scripts/build'],
    outputs: ['dist/cli/stasis.cjs', 'dist/js/index.js'],
  };
  return ifChanged(product, async () => {
    const define = { STASIS_VERSION: JSON.stringify(packageVersion) };
    await rm(join(root, 'dist/js'), { recursive: true, force: true });
    await Promise.all([library(define), commandLine(define)]);
  });
}

async function library(define: Record<string, string>): Promise<void> {
  await build({
    ...COMMON,
    define,
    entryPoints: { index: 'src/index.ts', images: 'src/images/index.ts' },
    format: 'esm',
    splitting: true,
    packages: 'external',
    outdir: 'dist/js',
  });
}

async function commandLine(define: Record<string, string>): Promise<void> {
  const { outputFiles } = await build({
    ...COMMON,
    entryPoints: { stasis: 'src/cli/main.ts' },
    format: 'cjs',
    define: { ...define, 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [leanOclif],
    // Names stay, and lines stay short: a stack trace should be readable.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
    outdir: 'dist/cli',
    write: false,
  });
  const text = outputFiles?.[0]?.text ?? '';
  // bin/stasis reads the file as Latin-1, which is cheaper than UTF-8. esbuild escapes what is not ASCII everywhere but
  // in regular expressions, where Latin-1 is read as what it is when it is also written as such.
  if (/[^\0-\xff]/.test(text)) throw new Error('the bundle of the command line is not plain Latin-1');
  // The cache of compiled code is found by this id: V8 itself compares lengths only.
  const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const out = join(root, 'dist/cli');
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'stasis.cjs'), `/*${id}*/${text}`, 'latin1');
}
