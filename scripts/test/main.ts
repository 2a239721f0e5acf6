// SPDX-License-Identifier: GPL-2.0-only
import { run } from '../lib/run.js';
import { compileTests } from './compile.js';
import { add, type Counts, closingLines, noCounts } from './counts.js';
import { avaSuite, cargoSuite } from './suites.js';

/**
 * `npm test`: sets up, builds, and runs the Rust and the TypeScript tests. `npm test -- PATH...` runs the TypeScript
 * tests in these files and folders only, `--rust` the Rust tests only; `--no-build` takes what is built already.
 */
async function main(words: readonly string[]): Promise<Counts> {
  const total = noCounts();
  const paths = words.filter((word) => !word.startsWith('--'));
  const rust = words.includes('--rust');
  const all = !rust && paths.length === 0;
  if (!words.includes('--no-build') && !(await prepare())) return { ...total, failed: 1 };
  if (all || rust) add(total, await cargoSuite());
  if (all || paths.length > 0) {
    await compileTests();
    add(total, await avaSuite(paths));
  }
  return total;
}

async function prepare(): Promise<boolean> {
  const steps = [
    ['bash', ['scripts/setup']],
    ['tsx', ['scripts/build/main.ts', 'native', 'bundle', 'manifest', 'code cache']],
  ] as const;
  for (const [program, args] of steps) if ((await run(program, args)).code !== 0) return false;
  return true;
}

const total = await main(process.argv.slice(2)).catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  return { ...noCounts(), failed: 1 };
});
console.log(closingLines(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
