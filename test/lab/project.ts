// SPDX-License-Identifier: GPL-2.0-only
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/lib/root.js';
import { run } from '../../scripts/lib/run.js';
import { compileTests } from '../../scripts/test/compile.js';
import type { Machine } from './machines/index.js';
import { must } from './run.js';
import { placeOf, type RustTests } from './rust.js';

/** What of the checkout goes into a machine. The tests are compiled here. */
const TAKEN = [
  'bin',
  'crates',
  'kernel',
  'proto',
  'scripts',
  'src',
  'test',
  'package.json',
  'package-lock.json',
  'oclif.manifest.json',
  'build/tests',
];
/** Tools that only run here, by far the most of all packages. */
const TOOLS =
  /^(@biomejs|@emnapi|@esbuild|@napi-rs|@octokit|@oxc-.*|@typescript|esbuild|es-toolkit|knip|oxc-.*|typescript|zod|\.bin|\.cache)$/;

/** Builds the project for a machine: the addon, the command line, the tests and their programs. */
export async function buildFor(machine: Machine): Promise<void> {
  const other = machine.node === process.arch ? [] : ['--target', machine.target];
  const { code } = await run('tsx', ['scripts/build/main.ts', ...other, 'native', 'bundle', 'manifest']);
  if (code !== 0) throw new Error(`the project does not build for ${machine.target}`);
  await compileTests();
  const env = { ...process.env, CC: machine.compiler, STASIS_PROGRAMS_DIR: programs(machine) };
  await must(join(root, 'test/programs/build.sh'), [], { env });
  await must(machine.compiler, [
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    join(own(machine), 'init'),
    join(root, 'test/harness/init.c'),
  ]);
}

/** Makes the disk that a machine finds as /lab: the checkout, to be seen by its own path, and the script that is run. */
export async function projectDisk(machine: Machine, script: string, rust: readonly RustTests[], folder: string): Promise<string> {
  const stage = join(folder, 'stage');
  const tree = join(stage, 'tree');
  await mkdir(tree, { recursive: true });
  const packages = (await readdir(join(root, 'node_modules'))).filter((name) => !TOOLS.test(name));
  const built = ['dist/js', 'dist/cli/stasis.cjs', 'dist/cli/help.cjs', `dist/native/stasis.linux-${machine.node}-gnu.node`];
  const taken = [...TAKEN, ...built, ...packages.map((name) => `node_modules/${name}`)];
  await must('cp', ['-a', '--parents', ...taken, tree], { cwd: root });
  await must('cp', ['-a', programs(machine), join(tree, 'build/programs')]);
  await mkdir(join(tree, 'build/harness'));
  await must('cp', ['-a', join(own(machine), 'init'), join(tree, 'build/harness/init')]);
  await mkdir(join(tree, 'build/rust'));
  for (const one of rust) await must('cp', [one.program, join(tree, placeOf(one))]);
  await writeFile(join(stage, 'run.sh'), script);
  const disk = join(folder, 'project.ext4');
  await must('mke2fs', ['-q', '-t', 'ext4', '-d', stage, disk, '1G']);
  await must('rm', ['-rf', stage]);
  return disk;
}

const own = (machine: Machine): string => join(root, 'build/lab', machine.debian);
const programs = (machine: Machine): string => join(own(machine), 'programs');
