// SPDX-License-Identifier: GPL-2.0-only
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { commandTable } from '../../../src/cli/command-table.js';
import { stasis, stasisJson } from '../../harness/stasis.js';

test('--version is the package version', async (t) => {
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  const { code, stdout } = await stasis('--version');
  t.is(stdout, `stasis ${version}\n`);
  t.is(code, 0);
});

test('help names every command, and each has help of its own', async (t) => {
  const { stdout, stderr } = await stasis('--help');
  t.is(stderr, '');
  for (const id of Object.keys(commandTable)) {
    t.true(stdout.includes(id.split(':')[0] as string), id);
    const own = await stasis(...id.split(':'), '--help');
    t.is(own.stderr, '');
    t.regex(own.stdout, new RegExp(`\\$ stasis ${id.replace(':', ' ')}`));
    t.true(own.stdout.includes('--json'), id);
  }
  t.regex((await stasis('image')).stdout, /image verify/);
});

for (const [what, args, message] of [
  ['no command of that name', ['freeze'], 'there is no command freeze — see stasis --help'],
  ['a flag that is missing', ['dump', '1'], 'missing required flag images-dir — see stasis dump --help'],
  ['a flag nobody knows', ['check', '--fast'], 'nonexistent flag: --fast — see stasis check --help'],
  ['what is no pid', ['dump', '-3x', '-D', 'd'], '-3x is not a pid — see stasis dump --help'],
  ['a pid of zero', ['inspect', '0'], '0 is not a pid — see stasis inspect --help'],
  ['no pid', ['inspect'], 'the pid is missing — see stasis inspect --help'],
  ['two pids', ['dump', '4', '--tree', '5', '-D', 'd'], 'the pid is given twice — see stasis dump --help'],
] as const) {
  test(`usage: ${what}`, async (t) => {
    const plain = await stasis(...args);
    t.is(plain.code, 2);
    t.is(plain.stdout, '');
    t.is(plain.stderr, `stasis: cannot read the command line: ${message}\n`);

    const { code, json, stderr } = await stasisJson(...args);
    t.is(code, 2);
    t.is(stderr, '');
    t.like(json, { error: { kind: 'usage', exitCode: 2, message: `cannot read the command line: ${message}` } });
  });
}

test('an image goes to JSON and back; neither command overwrites', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'stasis-cli-'));
  const [json, image, again] = ['fs-1.json', 'fs-1.img', 'again.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(json, '{"magic": "FS", "entries": [{"cwd_id": 1, "root_id": 2, "umask": 18}]}\n');
  t.is((await stasis('image', 'encode', json, '-o', image)).stderr, '');
  t.is((await stat(image)).mode & 0o777, 0o600);
  t.is((await stasis('image', 'decode', image, '-o', again)).stderr, '');
  t.deepEqual(JSON.parse(await readFile(again, 'utf8')), JSON.parse(await readFile(json, 'utf8')));

  const refused = await stasis('image', 'decode', image, '-o', again);
  t.is(refused.stderr, `stasis: cannot write ${again}: file already exists\n`);
  t.is(refused.code, 10);
});

test('a damaged image is an error of its own kind, with the name of the file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'stasis-cli-'));
  const path = join(folder, 'fs-1.img');
  await writeFile(path, 'nonsense');
  const { code, json } = await stasisJson('image', 'decode', path);
  t.is(code, 8);
  t.like(json, { error: { kind: 'image', details: { file: 'fs-1.img' } } });
  t.is((await stasis('image', 'decode', join(folder, 'absent.img'))).code, 8);
});
