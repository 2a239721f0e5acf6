// SPDX-License-Identifier: GPL-2.0-only
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { commandTable } from '../../../src/main/command-table.js';
import { BIN, outcomeOf, stasis, stasisJson } from '../../harness/stasis.js';

async function scratch(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stasis-cli-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

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
  ['a word that is no command, with others behind it', ['dmup', '3'], 'there is no command dmup — see stasis --help'],
  ['no command of that name below a topic', ['image', 'fix'], 'there is no command image fix — see stasis --help'],
  ['a flag before the command', ['-v', 'check'], '-v stands before the command, and comes after it — see stasis --help'],
  [
    'flags that exclude each other',
    ['dump', '4', '-D', 'd', '-R', '-s'],
    '--leave-running and --leave-stopped exclude each other — see stasis dump --help',
  ],
  [
    'a flag that is missing',
    ['dump', '1'],
    'missing required flag images-dir — name the directory of the images by -D DIR; see stasis dump --help',
  ],
  [
    'the directory as an argument',
    ['dump', '1', '/images'],
    'unexpected argument: /images — the directory of the images is named by -D: -D /images; see stasis dump --help',
  ],
  ['more than one argument too many', ['dump', '1', '2', '3'], 'unexpected arguments: 2, 3 — see stasis dump --help'],
  ['a flag nobody knows', ['check', '--fast'], 'nonexistent flag: --fast — see stasis check --help'],
  ['what is no pid', ['dump', '-3x', '-D', 'd'], '-3x is not a pid — see stasis dump --help'],
  ['a pid of zero', ['inspect', '0'], '0 is not a pid — see stasis inspect --help'],
  ['no pid', ['inspect'], 'the pid is missing — see stasis inspect --help'],
  ['no image', ['image', 'decode'], 'the FILE is missing — see stasis image decode --help'],
  ['no JSON', ['image', 'encode', '-o', 'x'], 'the FILE is missing — see stasis image encode --help'],
  [
    'a rehearsal without a look',
    ['dump', '4', '-D', 'd', '--no-look', '--rehearse'],
    '--no-look and --rehearse exclude each other — see stasis dump --help',
  ],
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
  const folder = await scratch(t);
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

test('an image that cannot be printed is no success', async (t) => {
  const folder = await scratch(t);
  const [json, image] = [join(folder, 'fs-1.json'), join(folder, 'fs-1.img')];
  await writeFile(json, '{"magic": "FS", "entries": [{"cwd_id": 1, "root_id": 2, "umask": 18}]}\n');
  t.is((await stasis('image', 'encode', json, '-o', image)).code, 0);
  const full = await outcomeOf('sh', '-c', '"$0" image decode "$1" > /dev/full', BIN, image);
  t.is(full.stderr, 'stasis: cannot write standard output: no space left on device\n');
  t.is(full.code, 10);
});

test('what is no image of messages is not called damaged', async (t) => {
  const folder = await scratch(t);
  const [pages, json] = [join(folder, 'pages-1.img'), join(folder, 'empty.json')];
  await writeFile(pages, 'pages');
  await writeFile(json, '{}');
  const bytes = await stasis('image', 'decode', pages);
  t.is(
    bytes.stderr,
    'stasis: cannot decode image pages-1.img: it holds raw bytes and no messages — ' +
      'what the bytes are is told by another image: of pages by the pagemap\n',
  );
  t.is(bytes.code, 8);
  t.regex((await stasis('image', 'decode', folder)).stderr, /: it is a directory — name a file in it/);
  t.regex((await stasis('image', 'encode', json, '-o', join(folder, 'x.img'))).stderr, /empty\.json: it names no magic — /);
});

test('a log that cannot be written is told of: before the work it ends it, later it does not', async (t) => {
  const nowhere = await stasis('image', 'verify', '/', '--log-file', '/nowhere/log');
  t.is(
    nowhere.stderr,
    'stasis: cannot write the log to /nowhere/log: no such file or directory — name a file in a directory that is there and can be written\n',
  );
  t.is(nowhere.code, 10);
  const folder = await scratch(t);
  await writeFile(join(folder, 'fs-1.img'), 'nonsense');
  const full = await stasis('image', 'show', folder, '--log-file', '/dev/full');
  t.is(full.stderr, 'warning: the log in /dev/full ends here: no space left on device\n');
  t.is(full.code, 0);
});

test('a damaged image is an error of its own kind, with the name of the file', async (t) => {
  const folder = await scratch(t);
  const path = join(folder, 'fs-1.img');
  await writeFile(path, 'nonsense');
  const { code, json } = await stasisJson('image', 'decode', path);
  t.is(code, 8);
  t.like(json, { error: { kind: 'image', details: { file: 'fs-1.img' } } });
  t.is((await stasis('image', 'decode', join(folder, 'absent.img'))).code, 8);
});
