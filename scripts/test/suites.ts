// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../lib/root.js';
import { COMPILED } from './compile.js';
import { avaReader, type Counts, countCargo, noCounts } from './counts.js';
import { inNamespace } from './namespace.js';

/** The TypeScript tests: all of them, or the files and folders named. */
export function avaSuite(paths: readonly string[]): Promise<Counts> {
  const patterns = (paths.length > 0 ? paths : ['test']).map(compiledPattern);
  // Half of the tests' time is waiting for processes they have started; two at a time keep two cores busy.
  const concurrency = Math.min(4, availableParallelism());
  const arguments_ = ['--concurrency', String(concurrency), ...patterns];
  return suite([process.execPath, 'node_modules/ava/entrypoints/cli.mjs', ...arguments_], avaReader);
}

/** The Rust tests, compiled outside of the namespace. */
export async function cargoSuite(): Promise<Counts> {
  const compiled = await execute(['cargo', 'test', '--workspace', '--no-run', '--quiet'], () => undefined);
  if (compiled !== 0) return { ...noCounts(), failed: 1 };
  return suite(['cargo', 'test', '--workspace', '--no-fail-fast', '--quiet'], (counts) => (line) => countCargo(line, counts));
}

async function suite(command: readonly string[], reader: (counts: Counts) => (line: string) => void): Promise<Counts> {
  const counts = noCounts();
  const code = await execute(await inNamespace(command), reader(counts));
  // Whatever went wrong that no line told of.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Runs a command and shows what it says, line by line. Resolves to its exit code. */
function execute([program = '', ...rest]: readonly string[], onLine: (line: string) => void): Promise<number> {
  const child = spawn(program, rest, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line);
    onLine(line);
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => done(code ?? (signal ? 128 : 1)));
  });
}

/** `test/unit/cli` → the pattern of the compiled tests below it. */
function compiledPattern(path: string): string {
  const inside = relative(root, resolve(path));
  if (!existsSync(join(root, inside))) throw new Error(`there is no ${path}`);
  const compiled = `${COMPILED}/${inside}`;
  return compiled.endsWith('.ts') ? compiled.replace(/\.ts$/, '.js') : `${compiled}/**/*.test.js`;
}
