// SPDX-License-Identifier: GPL-2.0-only
import { run } from '../lib/run.js';
import { compileTests } from './compile.js';
import { add, type Counts, closingLine, noCounts } from './counts.js';
import { avaSuite, cargoSuite } from './suites.js';

/**
 * `npm test`: sets up, builds, and runs the Rust and the TypeScript tests. `npm test -- PATH...` runs the TypeScript
 * tests in these files and folders only; `npm test -- --rust` the Rust tests only.
 */
async function main(words: readonly string[]): Promise<Counts> {
  const total = noCounts();
  const rust = words.length === 0 || words.includes('--rust');
  const paths = words.filter((word) => !word.startsWith('--'));
  for (const [program, args] of [
    ['bash', ['scripts/setup']],
    ['tsx', ['scripts/build/main.ts', 'native', 'bundle', 'manifest', 'code cache']],
  ] as const) {
    const { code } = await run(program, args);
    if (code !== 0) return { ...total, failed: 1 };
  }
  if (rust) add(total, await cargoSuite());
  if (words.length === 0 || paths.length > 0) {
    await compileTests();
    add(total, await avaSuite(paths));
  }
  return total;
}

const total = await main(process.argv.slice(2));
console.log(closingLine(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
