// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/root.js';
import { run } from '../lib/run.js';
import { inNamespace } from '../test/namespace.js';
import { chosen } from './cases.js';
import { chosenKinds } from './growth/kinds.js';
import { growth } from './growth/measure.js';
import { isFine, renderGrowth } from './growth/render.js';
import { bench } from './inside.js';
import { asksForHelp, type Options, readOptions, USAGE } from './options.js';
import { renderMarkdown } from './render-markdown.js';
import { renderText } from './render-text.js';
import { thrownOut } from './results.js';

/** `npm run bench`: how fast a dump and a restore are, beside CRIU and beside what the machine can do. */
async function main(args: string[]): Promise<number> {
  if (asksForHelp(args)) {
    console.log(USAGE);
    return 0;
  }
  const options = readOptions(args);
  return options.inside === undefined ? outside(options, args) : inside(options, options.inside);
}

/** Builds, and runs the bench in namespaces of its own, so that pids of restored trees are free and nothing is left behind. */
async function outside(options: Options, args: readonly string[]): Promise<number> {
  if (options.growth) chosenKinds(options.only);
  else chosen([], options.only);
  if (process.getuid?.() !== 0) throw new Error('the bench needs root: run it with sudo');
  for (const file of [options.peer, options.stasis, options.dir])
    if (file !== undefined && !existsSync(file)) throw new Error(`there is no ${file}`);
  if (options.build) {
    const { code, output } = await run('tsx', ['scripts/build/main.ts', 'native', 'bundle', 'manifest', 'code cache'], {
      capture: true,
    });
    if (code !== 0) throw new Error(`the build fails:\n${output}`);
  }
  const folder = mkdtempSync(join(options.dir, 'stasis-bench-'));
  const command = await inNamespace([join(root, 'node_modules/.bin/tsx'), 'scripts/bench/main.ts', ...args, '--inside', folder]);
  try {
    return await passedOn(command, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs it until it ends; a signal to us ends it, and with it everything that runs in its namespaces. */
function passedOn([program = '', ...args]: readonly string[], folder: string): Promise<number> {
  // What targets write goes with the folder, however they end.
  const child = spawn(program, args, { cwd: root, env: { ...process.env, TMPDIR: folder }, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function inside(options: Options, folder: string): Promise<number> {
  if (options.growth) {
    const results = await growth(options, folder, (text) => console.error(text));
    console.log(options.json ? JSON.stringify(results, undefined, 2) : `\n${renderGrowth(results)}`);
    return isFine(results) ? 0 : 1;
  }
  const results = await bench(options, folder, (text) => console.error(text));
  if (options.json) console.log(JSON.stringify(results, undefined, 2));
  else console.log(`\n${options.markdown ? renderMarkdown(results) : renderText(results, options.stages)}`);
  return thrownOut(results).length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    console.error(`bench: ${thrown instanceof Error ? thrown.message : thrown}`);
    if (thrown instanceof TypeError) console.error(USAGE);
    process.exitCode = 1;
  },
);
