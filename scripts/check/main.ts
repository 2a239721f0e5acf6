// SPDX-License-Identifier: GPL-2.0-only
import { chosen } from '../lib/chosen.js';
import { run } from '../lib/run.js';
import { compileTests } from '../test/compile.js';
import { add, closingLines, noCounts } from '../test/counts.js';
import { avaSuite, cargoSuite } from '../test/suites.js';
import { checkGenerated } from './generated.js';
import { checkRustCircles } from './rust-circles.js';
import { checkSources } from './sources.js';
import { checkStoreys } from './storeys.js';

const counts = noCounts();

const command =
  (program: string, ...args: string[]) =>
  async (): Promise<boolean> =>
    (await run(program, args)).code === 0;

const tests = (suite: () => Promise<typeof counts>) => async (): Promise<boolean> => {
  const result = await suite();
  add(counts, result);
  return result.failed === 0;
};

/** The workspace, and the crates that are built apart from it. */
const rustFormat = async (): Promise<boolean> => {
  const apart = ['blob', 'seed'].map((name) => ['--manifest-path', `crates/${name}/Cargo.toml`]);
  let passed = true;
  for (const which of [['--all'], ...apart]) passed = (await run('cargo', ['fmt', ...which, '--check'])).code === 0 && passed;
  return passed;
};

/** Of both languages, each watched by itself. */
const importCircles = async (): Promise<boolean> => {
  const typescript = await command('biome', 'lint', '--only=suspicious/noImportCycles', '.')();
  return checkRustCircles() && typescript;
};

/** In order of what they cost; the build comes before what needs the addon's types. */
const CHECKS: readonly { readonly name: string; readonly passes: () => Promise<boolean> | boolean }[] = [
  { name: 'sources', passes: checkSources },
  { name: 'generated code', passes: checkGenerated },
  { name: 'format', passes: command('biome', 'format', '.') },
  { name: 'lint', passes: command('biome', 'lint', '--error-on-warnings', '.') },
  { name: 'import circles', passes: importCircles },
  { name: 'storeys', passes: checkStoreys },
  { name: 'imports in order', passes: command('biome', 'check', '--formatter-enabled=false', '--linter-enabled=false', '.') },
  { name: 'rust format', passes: rustFormat },
  { name: 'setup', passes: command('bash', 'scripts/setup') },
  { name: 'build', passes: command('tsx', 'scripts/build/main.ts') },
  { name: 'types', passes: command('tsc', '-p', '.') },
  { name: 'unused code', passes: command('knip', '--no-progress') },
  { name: 'rust lint', passes: command('cargo', 'clippy', '--workspace', '--all-targets', '--quiet', '--', '-D', 'warnings') },
  { name: 'rust tests', passes: tests(cargoSuite) },
  { name: 'typescript tests', passes: tests(() => compileTests().then(() => avaSuite([]))) },
];

/** `npm run check`: every check in one go, whatever fails on the way; `npm run check -- NAME...` only those. */
const results: string[] = [];
for (const { name, passes } of chosen('check', CHECKS)) {
  console.log(`\n── ${name}`);
  const began = performance.now();
  const passed = await Promise.resolve(passes()).catch((thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return false;
  });
  if (!passed) process.exitCode = 1;
  results.push(`${passed ? 'ok    ' : 'FAILED'}  ${`${((performance.now() - began) / 1000).toFixed(1)} s`.padStart(8)}  ${name}`);
}
console.log(`\n${results.join('\n')}\n`);
console.log(closingLines(counts));
