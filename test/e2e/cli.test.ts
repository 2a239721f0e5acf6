// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kindOfName } from '../../src/images/index.js';
import { needing } from '../harness/needs.js';
import { stasis, stasisJson } from '../harness/stasis.js';
import { counter } from './lib/counter.js';
import { Running } from './lib/dump-process.js';
import { Menagerie } from './lib/menagerie.js';
import { anyLeft, statusOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** The commands on real trees: what they print, in both forms, and how they exit. */
const test = needing({ root: true, programs: ['python3'] });

test('dump and restore end with one line of figures', async (t) => {
  const { target, images } = await counter(t);
  const dumped = await stasis('dump', `${target.pid}`, '-D', images);
  t.is(dumped.code, 0, dumped.stderr);
  t.is(dumped.stderr, '');
  const size = String.raw`[\d.]+ [KMG]?i?B`;
  const time = String.raw`[\d.]+ m?s`;
  const figures = `1 task, 1 thread, ${size} of pages, ${size} in all`;
  t.regex(dumped.stdout, new RegExp(`^dumped pid ${target.pid} \\(killed\\): ${figures}, frozen ${time}, wall ${time}\\n$`));
  t.is(statSync(images).mode & 0o777, 0o700);
  for (const name of readdirSync(images)) t.is(statSync(join(images, name)).mode & 0o777, 0o600, name);
  t.is(await anyLeft([target.pid]), undefined);
  const restored = await stasis('restore', '-D', images, '-d');
  t.is(restored.stderr, '');
  t.regex(restored.stdout, new RegExp(`^restored pid ${target.pid}: ${figures}, wall ${time}\\n$`));
  t.is(restored.code, 0);
  await target.counts();
});

test('dump --json and restore --json give the figures as numbers', async (t) => {
  const { target, images, folder } = await counter(t);
  const dumped = await stasisJson('dump', '--tree', `${target.pid}`, '-D', images, '--concurrency', '1');
  t.like(dumped.json, { pid: target.pid, imagesDir: images, after: 'kill', tasks: 1, threads: 1 });
  const { imageBytes, pagesBytes, frozenMs, collectedMs, wallMs, stages } = dumped.json as Record<string, number> & {
    readonly stages: readonly { readonly stage: string; readonly ms: number }[];
  };
  t.is(
    imageBytes,
    readdirSync(images).reduce((sum, name) => sum + statSync(join(images, name)).size, 0),
  );
  t.true(Number(pagesBytes) > 1e6 && Number(pagesBytes) < Number(imageBytes));
  t.true(0 < Number(collectedMs) && Number(collectedMs) <= Number(frozenMs) && Number(frozenMs) <= Number(wallMs));
  t.deepEqual(
    stages.map(({ stage }) => stage),
    ['destination', 'freeze', 'survey', 'collect', 'pages', 'write', 'look', 'commit', 'release'],
  );
  const pidfile = join(folder, 'pid');
  const restored = await stasisJson('restore', '--images-dir', images, '--detach', '--pidfile', pidfile);
  t.like(restored.json, { pid: target.pid, imagesDir: images, tasks: 1, threads: 1, pagesBytes, warnings: [] });
  t.is(readFileSync(pidfile, 'utf8'), `${target.pid}\n`);
  await target.counts();
});

test('--leave-running and --leave-stopped', async (t) => {
  const { target, folder } = await counter(t);
  const running = await stasis('dump', `${target.pid}`, '-D', join(folder, 'running'), '--leave-running');
  t.regex(running.stdout, /\(left running\)/);
  await target.counts();
  const stopped = await stasis('dump', `${target.pid}`, '-D', join(folder, 'stopped'), '--leave-stopped');
  t.regex(stopped.stdout, /\(left stopped\)/);
  await until('it is stopped', () => statusOf(target.pid, 'State')?.[0] === 'T');
  process.kill(target.pid, 'SIGCONT');
  await target.counts();
  t.is((await stasis('dump', `${target.pid}`, '-D', join(folder, 'both'), '-R', '-s')).code, 2);
});

test('a destination that is taken, or cannot be, is refused before the target is touched', async (t) => {
  const { target, folder, images } = await counter(t);
  mkdirSync(images);
  writeFileSync(join(images, 'precious'), 'x');
  const taken = await stasisJson('dump', `${target.pid}`, '-D', images);
  t.is(taken.code, 10);
  t.like(taken.json, { error: { kind: 'destination', object: images, cause: 'it exists and is not empty' } });
  t.deepEqual(readdirSync(images), ['precious']);
  const above = await stasisJson('dump', `${target.pid}`, '-D', join(folder, 'no', 'such'));
  t.is(above.code, 10);
  t.like(above.json, { error: { kind: 'destination', cause: 'no such directory above it' } });
  const elsewhere = await stasisJson('dump', `${target.pid}`, '-D', '/proc/images');
  t.is(elsewhere.code, 10);
  t.like(elsewhere.json, { error: { kind: 'destination', cause: 'nobody can make a directory in /proc' } });
  rmSync(join(images, 'precious'));
  t.is((await stasis('dump', `${target.pid}`, '-D', images, '-R')).code, 0, 'an empty directory may be there');
  await target.counts();
});

test('no task of that pid: exit code 5', async (t) => {
  const folder = scratch(t);
  const { code, json } = await stasisJson('dump', '4194300', '-D', join(folder, 'images'));
  t.is(code, 5, JSON.stringify(json));
  t.like(json, { error: { kind: 'gone' } });
  t.is((await stasis('inspect', '4194300')).code, 5);
  t.deepEqual(readdirSync(folder), []);
});

test('restore without --detach exits as the tree does, and forwards signals', async (t) => {
  const { target, images } = await counter(t);
  t.is((await stasis('dump', `${target.pid}`, '-D', images)).code, 0);
  t.is(await anyLeft([target.pid]), undefined);
  const restore = new Running('restore', '-D', images);
  await until('it is back', () => existsSync(`/proc/${target.pid}`));
  await target.counts();
  t.is(statusOf(target.pid, 'PPid'), `${restore.pid}`);
  restore.send('SIGTERM');
  const { code, signal, stdout } = await restore.outcome;
  t.is(signal ?? code, 'SIGTERM');
  t.regex(stdout, /^restored pid/);
  t.is(await anyLeft([target.pid]), undefined);

  const exits = await counter(t, 'import signal; signal.signal(signal.SIGUSR1, lambda *_: os._exit(7))');
  t.is((await stasis('dump', `${exits.target.pid}`, '-D', exits.images)).code, 0);
  t.is(await anyLeft([exits.target.pid]), undefined);
  const second = new Running('restore', '-D', exits.images, '--json');
  await until('it is back', () => existsSync(`/proc/${exits.target.pid}`));
  await exits.target.counts();
  second.send('SIGUSR1');
  const outcome = await second.outcome;
  t.is(outcome.code, 7, outcome.stderr);
  t.like(JSON.parse(outcome.stdout), { pid: exits.target.pid });
});

test('restore --plan prints every operation with its why, and touches nothing', async (t) => {
  const { target, images } = await counter(t);
  t.is((await stasis('dump', `${target.pid}`, '-D', images)).code, 0);
  const { code, json, stderr } = await stasisJson('restore', '-D', images, '--plan');
  t.is(code, 0, stderr);
  const { tasks } = json as { readonly tasks: readonly { readonly pid: number; readonly operations: readonly Operation[] }[] };
  const own = tasks.find(({ pid }) => pid === target.pid);
  t.true((own?.operations.length ?? 0) > 50);
  const silent = tasks.flatMap(({ operations }) => operations).filter(({ why }) => why === '');
  t.deepEqual(silent, []);
  const text = (await stasis('restore', '-D', images, '--plan')).stdout;
  t.regex(text, new RegExp(`^task ${target.pid} \\(python3\\): \\d+ operations$`, 'm'));
  t.regex(text, /^ +\d+ {2}mmap\(.*\) {2}— ./m);
  t.regex(text, /counter/);
  t.is(await anyLeft([target.pid]), undefined);
  t.is((await stasis('restore', '-D', images, '-d')).code, 0);
  await target.counts();
});

interface Operation {
  readonly call: string;
  readonly why: string;
}

test('image show, verify, decode and encode on a real dump', async (t) => {
  const folder = scratch(t);
  const [home, images] = [join(folder, 'home'), join(folder, 'images')];
  mkdirSync(home);
  const menagerie = await new Menagerie(t, home).ready();
  t.is((await stasis('dump', `${menagerie.pid}`, '-D', images, '-R')).code, 0);
  const shown = await stasisJson('image', 'show', images, '--files');
  t.like(shown.json, { sealed: true, tasks: 2, threads: 3 });
  t.deepEqual((shown.json as { files: { name: string }[] }).files.map(({ name }) => name).sort(), readdirSync(images).sort());
  t.regex((await stasis('image', 'show', images)).stdout, /^core-\*\.img +CORE +3 +\d+ +\d+$/m);
  t.like((await stasisJson('image', 'verify', images)).json, { sealed: true, problems: [], unlisted: [] });
  t.regex((await stasis('image', 'verify', images)).stdout, /nothing is wrong\n$/);
  for (const [command, more] of [
    ['show', []],
    ['show', ['pstree.img']],
    ['verify', []],
    ['decode', ['pstree.img']],
  ] as const) {
    const named = more.length > 0 ? more.map((name) => join(images, name)) : [images];
    const [besides, plain] = [await stasis('image', command, '-D', images, ...more), await stasis('image', command, ...named)];
    t.deepEqual([besides.code, besides.stdout], [0, plain.stdout], command);
  }
  t.is((await stasis('image', 'verify')).code, 2);
  t.is((await stasis('image', 'verify', images, '-D', images)).code, 2);

  const decodable = readdirSync(images).filter((name) => kindOfName(name) !== 'raw' && name !== 'stasis.img');
  for (const name of decodable.filter(
    (each, n) => decodable.findIndex((other) => kindOfName(other) === kindOfName(each)) === n,
  )) {
    const [json, again] = [join(folder, `${name}.json`), join(folder, name)];
    t.is((await stasis('image', 'decode', join(images, name), '-o', json)).code, 0, name);
    t.is((await stasis('image', 'encode', json, '-o', again)).code, 0, name);
    const same = readFileSync(again).equals(readFileSync(join(images, name)));
    // What is collected in two steps may say a value twice, of which the last counts.
    if (name.startsWith('core-')) t.is((await stasis('image', 'decode', again)).stdout, readFileSync(json, 'utf8'));
    else t.true(same, `${name} is not the same again`);
  }

  truncateSync(join(images, 'pstree.img'), 10);
  const damaged = await stasisJson('image', 'verify', images);
  t.is(damaged.code, 8);
  t.is((damaged.json as { problems: { file: string }[] }).problems[0]?.file, 'pstree.img');
  await menagerie.proves(t);
});

test('inspect shows the tree, its memory, its descriptors and what a dump would refuse', async (t) => {
  const folder = scratch(t);
  const menagerie = await new Menagerie(t, folder).ready();
  const { code, stdout, stderr } = await stasis('inspect', `${menagerie.pid}`);
  t.is(code, 0, stderr);
  for (const word of [
    'python3',
    `${menagerie.pid}`,
    'pipe',
    'epoll',
    'memfd',
    `${folder}/regular`,
    'named.sock',
    `:${menagerie.port}`,
  ]) {
    t.true(stdout.includes(word), `${word} is not shown in\n${stdout}`);
  }
  const { json } = await stasisJson('inspect', `${menagerie.pid}`);
  t.like(json, { pid: menagerie.pid, refusals: [] });
  const { tasks } = json as {
    tasks: { pid: number; ppid: number; comm: string; threads: number; memory: { residentBytes: number } }[];
  };
  t.deepEqual(
    tasks.map(({ pid, comm, threads }) => [pid === menagerie.pid, comm, threads]),
    [
      [true, 'python3', 2],
      [false, 'python3', 1],
    ],
  );
  t.is(tasks[1]?.ppid, menagerie.pid);
  t.true(tasks.every(({ memory }) => memory.residentBytes > 1 << 20));
  await menagerie.proves(t);

  const refused = await counter(t, 'fd = call(294, 0)');
  const report = await stasis('inspect', `${refused.target.pid}`);
  t.is(report.code, 3);
  t.regex(report.stdout, /refuse/);
  t.regex(report.stdout, /inotify/);
  t.like((await stasisJson('inspect', `${refused.target.pid}`)).json, {
    refusals: [{ pid: refused.target.pid, kind: 'inotify' }],
  });
  await refused.target.counts();
});

test('check says what the kernel offers and what each lack costs', async (t) => {
  const { code, stdout, stderr } = await stasis('check');
  t.is(code, 0, stderr);
  t.regex(stdout, /ptrace|userfaultfd/i);
  const { json } = await stasisJson('check');
  t.like(json, { ok: true });
  const { features } = json as {
    features: { name: string; available: string; detail: string; costs: string; required: boolean }[];
  };
  t.true(features.length > 8);
  for (const { name, available, costs, required } of features) {
    t.true(name !== '' && costs !== '' && /^(yes|no|unknown)$/.test(available) && typeof required === 'boolean', name);
  }
});
