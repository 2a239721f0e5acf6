// SPDX-License-Identifier: GPL-2.0-only
import { readFile } from 'node:fs/promises';
import type { OnResolveResult, Plugin } from 'esbuild';

const TOP_LEVEL = /^(?:const|var) (\w+) = ((?:__importDefault|__importStar)\()?require\(("[^"]+")\)\)?;$/gm;
const OCLIF = /@oclif\/core\/lib\//;
const STDOUT_LISTENER = /^process\.stdout\.on\('error', [\s\S]*?^\}\);$/m;

/** Used only to look for plugins or commands in folders and to draw spinners, neither of which is ever done. */
const NEVER = /^(cli-spinners|lilconfig|minimatch|tinyglobby)$/;
/** Used only to print help, which is a bundle of its own, and by the ways to start a command that we do not take. */
const HELP_ONLY = /^(ejs|debug|\.\.?\/(config|help|config\/ts-path|help\/\w+|errors\/handle|handle|performance|module-loader))$/;

/**
 * Makes @oclif/core, which is CommonJS that tsc wrote, start lean. Its top-level `require` calls become calls at first
 * use: running a command needs its parser only; without this the help, the plugin loader and the template engine start
 * up with it, which takes longer than the dump of a small process. Without `help`, they are not even in the bundle.
 */
export const leanOclif = ({ help }: { readonly help: boolean }): Plugin => ({
  name: 'lean-oclif',
  setup(build) {
    build.onLoad({ filter: /@oclif\/core\/lib\/.*\.js$/ }, async ({ path }) => {
      const source = inlineRequires(await readFile(path, 'utf8'));
      return { contents: path.endsWith('/lib/command.js') ? withoutListener(source) : source, loader: 'js' };
    });
    build.onLoad({ filter: /@oclif\/core\/package\.json$/ }, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
    const unused = ({ path }: { path: string }): OnResolveResult => ({ path, namespace: 'unused' });
    build.onResolve({ filter: NEVER }, unused);
    if (!help)
      build.onResolve({ filter: HELP_ONLY }, ({ path, importer }) => (OCLIF.test(importer) ? unused({ path }) : undefined));
    build.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: `throw new Error('${path} is not part of this bundle')`,
    }));
  },
});

function inlineRequires(source: string): string {
  const names: string[] = [];
  const declared = source.replace(TOP_LEVEL, (_line, name: string, wrap: string | undefined, target: string) => {
    names.push(name);
    const value = wrap ? `${wrap}require(${target}))` : `require(${target})`;
    return `let ${name}$; const ${name}$$ = () => ${name}$ ??= ${value};`;
  });
  return names.reduce((text, name) => text.replace(new RegExp(`\\b${name}\\b(?!\\$)`, 'g'), `(${name}$$$$())`), declared);
}

/** Commands write with src/cli/output.ts, so `process.stdout`, which costs several milliseconds, need not exist. */
function withoutListener(source: string): string {
  if (!STDOUT_LISTENER.test(source)) throw new Error('@oclif/core no longer listens on stdout in command.js: drop this step');
  return source.replace(STDOUT_LISTENER, '');
}
