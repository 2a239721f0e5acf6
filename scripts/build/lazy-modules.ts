// SPDX-License-Identifier: GPL-2.0-only
import { readFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import type { OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';

const OCLIF = /@oclif\/core\/lib\//;
const ASKED = 'asked';
const load = createRequire(import.meta.url);

/** Used only to look for plugins or commands in folders and to draw spinners, neither of which is ever done. */
const NEVER = /^(cli-spinners|lilconfig|minimatch|tinyglobby)$/;
/** Used only to print help, which is a bundle of its own, and by the ways to start a command that we do not take. */
const HELP_ONLY = /^(ejs|debug|\.\.?\/(config|help|config\/ts-path|help\/\w+|errors\/handle|handle|performance|module-loader))$/;

/**
 * Lets what @oclif/core requires be loaded when it is first used, not when it is required: to read a command line takes its
 * parser only, and all the rest longer than the dump of a small process. Its code stays as it is; what it requires is told
 * to be a stand-in for the module, which loads it. Without `help`, what only that needs is not even in the bundle.
 */
export const lazyModules = ({ help }: { readonly help: boolean }): Plugin => ({
  name: 'lazy-modules',
  setup(build) {
    build.onResolve({ filter: /./ }, async (args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
      const { path, importer, kind, namespace, resolveDir, pluginData } = args;
      if (kind !== 'require-call' || namespace !== 'file' || pluginData === ASKED || !OCLIF.test(importer)) return undefined;
      if (NEVER.test(path) || (!help && HELP_ONLY.test(path))) return { path, namespace: 'unused' };
      if (isBuiltin(path)) return { path, namespace: 'lazy' };
      const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: ASKED });
      return found.path.endsWith('.json') ? found : { path: found.path, namespace: 'lazy' };
    });
    build.onLoad({ filter: /./, namespace: 'lazy' }, ({ path }) => standIn(path, Boolean(load(path).__esModule)));
    build.onResolve({ filter: /^stand-in$/ }, () => ({ path: 'stand-in', namespace: 'stand-in' }));
    build.onLoad({ filter: /./, namespace: 'stand-in' }, () => ({ contents: STAND_IN, loader: 'js' }));
    build.onLoad({ filter: /./, namespace: 'unused' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get() { throw new Error('${path} is not part of this bundle'); } });`,
    }));
    // Of oclif's own package.json nothing but the version is ever used.
    build.onLoad({ filter: /@oclif\/core\/package\.json$/ }, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
  },
});

/** Whether it is an ES module by origin is asked as soon as it is required, so that is known beforehand. */
function standIn(path: string, esModule: boolean): OnLoadResult {
  const contents = `module.exports = require('stand-in')(() => require(${JSON.stringify(path)}), ${esModule || 'undefined'});`;
  return { contents, loader: 'js', resolveDir: import.meta.dirname };
}

const STAND_IN = `
class StandIn {
  constructor(real, esModule) { this.real = real; this.esModule = esModule; }
  get(_, key) { return key === '__esModule' ? this.esModule : this.real()[key]; }
  has(_, key) { return key in this.real(); }
  apply(_, self, args) { return Reflect.apply(this.real(), self, args); }
  construct(_, args) { return Reflect.construct(this.real(), args); }
  ownKeys() { return Reflect.ownKeys(this.real()); }
  getOwnPropertyDescriptor(_, key) {
    const own = Reflect.getOwnPropertyDescriptor(this.real(), key);
    return own && { ...own, configurable: true };
  }
}
const target = () => undefined;
module.exports = (real, esModule) => new Proxy(target, new StandIn(real, esModule));
`;
