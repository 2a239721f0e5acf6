// SPDX-License-Identifier: GPL-2.0-only
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { javaScriptNotices } from '../lib/notices.js';
import { packageVersion } from '../lib/package.js';
import { root } from '../lib/root.js';
import { lazyModules } from './lazy-modules.js';
import { ifChanged } from './stamp.js';

const COMMON: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  // What licences are told of.
  metafile: true,
  logLevel: 'warning',
};

/** The licences of what the bundles hold of others. */
export const JAVASCRIPT_NOTICES = 'dist/LICENSE-third-party.txt';

/**
 * The library as ES modules (`dist/js`) and the command line as one CommonJS file (`dist/cli/stasis.cjs`), and its help.
 * One file because V8's code cache, which Node 20 offers for CommonJS only, makes it start in a few milliseconds; its
 * modules, the commands among them, are still evaluated one by one, when first needed.
 */
export function buildBundles(): Promise<boolean> {
  const product = {
    name: 'bundle',
    inputs: ['src', 'package.json', 'package-lock.json', 'scripts/build'],
    outputs: ['dist/cli/stasis.cjs', 'dist/js/index.js', JAVASCRIPT_NOTICES],
  };
  return ifChanged(product, async () => {
    const define = { STASIS_VERSION: JSON.stringify(packageVersion), STASIS_NATIVE: '"../native/"' };
    await rm(join(root, 'dist/js'), { recursive: true, force: true });
    const bundled = await Promise.all([library(define), commandLine(define)]);
    await writeFile(join(root, JAVASCRIPT_NOTICES), javaScriptNotices(bundled.flat()));
  });
}

/** Resolves to the files that went into it. */
async function library(define: Record<string, string>): Promise<string[]> {
  const { metafile } = await build({
    ...COMMON,
    define,
    entryPoints: { index: 'src/index.ts', images: 'src/images/index.ts', 'images-tools': 'src/images/tools.ts' },
    format: 'esm',
    splitting: true,
    outdir: 'dist/js',
  });
  return filesIn(metafile);
}

/** Resolves to the files that went into it. */
async function commandLine(define: Record<string, string>): Promise<string[]> {
  const [{ text: main, inputs }, help] = await Promise.all([
    commonJs('src/main/index.ts', { define, plugins: [helpApart, lazyModules({ help: false })] }),
    commonJs('src/cli/help.ts', { define, plugins: [lazyModules({ help: true })] }),
  ]);
  // bin/stasis reads the file as Latin-1, which is cheaper than UTF-8. esbuild escapes what is not ASCII everywhere but
  // in regular expressions, where Latin-1 is read as what it is when it is also written as such.
  if (/[^\0-\xff]/.test(main)) throw new Error('the bundle of the command line is not plain Latin-1');
  // The caches of compiled code are found by this id: V8 itself compares lengths only.
  const id = createHash('sha256').update(main).digest('hex').slice(0, 16);
  const out = join(root, 'dist/cli');
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  // A function already: to put it into one at every start would copy all of it twice.
  await writeFile(join(out, 'stasis.cjs'), `/*${id}*/(function(module,exports,require,__filename){${main}\n})`, 'latin1');
  await writeFile(join(out, 'help.cjs'), help.text);
  return [...inputs, ...help.inputs];
}

async function commonJs(entry: string, options: BuildOptions): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    ...options,
    entryPoints: [entry],
    format: 'cjs',
    define: { ...options.define, 'import.meta.url': 'moduleUrl' },
    // What pathToFileURL does, without loading it.
    banner: { js: "const moduleUrl='file://'+encodeURI(__filename).replace(/[?#]/g,encodeURIComponent);" },
    supported: { 'dynamic-import': false },
    // Names stay, and lines stay short: a stack trace should be readable.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
    write: false,
  });
  return { text: outputFiles?.[0]?.text ?? '', inputs: filesIn(metafile) };
}

/** The sources of which something is in the outputs. */
function filesIn(metafile: Metafile | undefined): string[] {
  const inputs = Object.values(metafile?.outputs ?? {}).flatMap((output) => Object.entries(output.inputs));
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
}

/** Help and what only it needs of oclif is a file of its own; `require` in the bundle is that of bin/stasis. */
const helpApart: Plugin = {
  name: 'help-apart',
  setup(build) {
    build.onResolve({ filter: /\/cli\/help\.js$/ }, () => ({ path: '../dist/cli/help.cjs', external: true }));
  },
};
