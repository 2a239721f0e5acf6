// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { root } from '../../scripts/lib/root.js';
import { ownTarget } from '../../scripts/lib/target.js';
import { lack, needing } from '../harness/needs.js';
import { type Outcome, outcomeOf } from '../harness/stasis.js';
import { nodeOfVersion } from '../lab/node.js';
import { buildPrograms } from '../programs/build.js';
import { programs } from '../programs/catalogue.js';
import { Session } from '../programs/session.js';
import { anyLeft } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** The packages as npm would publish them, installed into an empty folder without a network: nothing is built there. */
const PACKAGES = join(root, 'build/packages');
/** The lab's machines have npm, and packages, only where `--packages` brought them. */
const BROUGHT = join(root, 'build/npm/bin/npm-cli.js');
const npm = existsSync(BROUGHT) ? [process.execPath, BROUGHT] : ['npm'];
const missing = lack({ root: true, ...(existsSync(BROUGHT) ? {} : { programs: ['npm', 'cargo'] }) });
const testHere = needing({ also: () => missing });
/** Nodes of other versions come from the registry. */
const testOthers = needing({ also: () => missing ?? (existsSync(BROUGHT) ? 'the lab has one Node only' : undefined) });

const program = programs.find(({ name }) => name === 'tasks/tree');

test.before(async (t) => {
  if (missing !== undefined) return;
  if (program) await buildPrograms([program]);
  if (existsSync(BROUGHT)) return;
  t.timeout(900_000);
  const packed = await outcomeOf('npm', '--prefix', root, 'run', '--silent', 'pack', '--', '--target', ownTarget());
  if (packed.code !== 0) throw new Error(`npm run pack: ${packed.stdout}${packed.stderr}`);
});

testHere('installed in an empty folder, they check, dump and restore', (t) => roundTrip(t, process.execPath));
for (const version of ['22', '24']) {
  testOthers(`the same on Node ${version}`, async (t) => {
    t.timeout(600_000);
    await roundTrip(t, await nodeOfVersion(version));
  });
}

testHere('without the package for this machine an error names it', async (t) => {
  const folder = await installed(t);
  const platform = readdirSync(join(folder, 'node_modules/@stasis-cr')).find((name) => name.startsWith('stasis-')) ?? '';
  rmSync(join(folder, 'node_modules/@stasis-cr', platform), { recursive: true });
  const { code, stderr } = await command(folder, process.execPath, 'check');
  t.is(code, 3);
  const expected = `cannot load the native part of stasis: the package @stasis-cr/${platform} is not installed — npm install`;
  t.true(stderr.includes(expected), stderr);
});

testHere('a machine, or a C library, for which there is no package is named', async (t) => {
  const folder = await installed(t);
  const pretend = async (what: string): Promise<string> => {
    writeFileSync(join(folder, 'pretend.cjs'), what);
    const { code, stderr } = await outcomeOf(process.execPath, '-r', './pretend.cjs', bin(folder), 'check');
    t.is(code, 3);
    return stderr;
  };
  const cwd = process.cwd();
  t.teardown(() => process.chdir(cwd));
  process.chdir(folder);
  const other = await pretend(`Object.defineProperty(process, 'arch', { value: 'riscv64' });`);
  t.regex(other, /cannot load the native part of stasis: there is none for linux-riscv64-gnu — there are packages for linux-/);
  const musl = await pretend(`
    const fs = require('node:fs');
    const { readFileSync } = fs;
    fs.readFileSync = (path, ...rest) => path === '/usr/bin/ldd' ? 'musl libc' : readFileSync(path, ...rest);
    process.dlopen = () => { throw new Error('of another C library'); };
  `);
  t.regex(musl, /cannot load the native part of stasis: there is none for linux-\w+-musl — there are packages for linux-\w+-gnu/);
});

async function roundTrip(t: ExecutionContext, node: string): Promise<void> {
  const folder = await installed(t);
  const checked = await command(folder, node, 'check');
  t.true(checked.stdout.startsWith('kernel '), checked.stderr);
  if (!program) throw new Error('there is no program tasks/tree');
  const session = Session.start(program, { orphan: true });
  try {
    t.is(await session.first(), 'ready');
    const images = join(folder, 'images');
    t.is((await command(folder, node, 'dump', `${session.pid}`, '--images-dir', images)).stderr, '');
    t.is(await anyLeft([session.pid]), undefined);
    t.is((await command(folder, node, 'restore', '--images-dir', images, '--detach')).stderr, '');
    t.regex(await session.go(), /^ok 1/);
  } finally {
    await session.end();
  }
}

/** An empty folder into which they were installed. */
async function installed(t: ExecutionContext): Promise<string> {
  const folder = scratch(t);
  const archives = readdirSync(PACKAGES).map((name) => join(PACKAGES, name));
  const [program = '', ...before] = npm;
  const options = ['--prefix', folder, '--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'cache')];
  const { code, stderr } = await outcomeOf(program, ...before, 'install', ...options, ...archives);
  t.is(code, 0, stderr);
  return folder;
}

/** The installed command as `env node` finds a Node for it. */
function command(folder: string, node: string, ...args: string[]): Promise<Outcome> {
  return outcomeOf('env', `PATH=${dirname(node)}:${process.env['PATH']}`, bin(folder), ...args);
}

function bin(folder: string): string {
  return join(folder, 'node_modules/.bin/stasis');
}
