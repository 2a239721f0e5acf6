// SPDX-License-Identifier: GPL-2.0-only
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { kindOfName } from '../../src/images/index.js';
import { restore, StasisError } from '../../src/index.js';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { stasis, stasisJson } from '../harness/stasis.js';
import { Counter } from './lib/counter.js';
import { Running } from './lib/dump-process.js';
import { Menagerie } from './lib/menagerie.js';
import { anyLeft, killTree, statusOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** The commands on real trees: what they print, in both forms, and how they exit. */
const test = needing({ root: true, programs: ['python3'] });

async function counter(
  t: ExecutionContext,
  code = '',
): Promise<{ readonly target: Counter; readonly images: string; readonly folder: string }> {
  const folder = scratch(t);
  const target = new Counter(t, folder, code);
  await target.ready();
  return { target, folder, images: join(folder, 'images') };
}

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
    ['destination', 'freeze', 'survey', 'collect', 'pages', 'write', 'commit', 'release'],
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
  t.is((await stasis('dump', `${target.pid}`, '-D', join(folder, 'no', 'such'))).code, 10);
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

test('images that somebody else could have written are refused, unless they are trusted', async (t) => {
  const { target, folder, images } = await counter(t);
  t.is((await stasis('dump', `${target.pid}`, '-D', images)).code, 0);
  chmodSync(images, 0o770);
  const cause = `cannot trust ${images}: its group can write to it (mode 0770)`;
  const refused = await stasisJson('restore', '-D', images, '-d');
  t.is(refused.code, 13);
  t.like(refused.json, { error: { kind: 'untrusted', object: images, operation: 'trust' } });
  const told = await stasis('restore', '-D', images, '-d');
  t.true(told.stderr.startsWith(`stasis: ${cause} — images are code that runs with your rights`), told.stderr);
  const planned = await stasis('restore', '-D', images, '--plan');
  t.is(planned.code, 0);
  t.true(planned.stderr.startsWith(`warning: a restore would be refused: ${cause}`), planned.stderr);
  t.is((await stasis('restore', '-D', images, '--plan', '--trust-images')).stderr, '');
  t.is((await stasis('image', 'verify', images)).code, 0);
  const error = await t.throwsAsync(restore({ imagesDir: images, detach: true }), { instanceOf: StasisError });
  t.is(error?.kind, 'untrusted');
  t.is(await anyLeft([target.pid]), undefined);

  const link = join(folder, 'link');
  symlinkSync(images, link);
  lchownSync(link, 4711, 4711);
  chmodSync(images, 0o700);
  t.regex((await stasis('restore', '-D', link, '-d')).stderr, /symbolic link link: it belongs to uid 4711/);
  t.is((await stasis('restore', '-D', link, '-d', '--trust-images')).code, 0);
  await target.counts();
});

test('a restore that is to exit as the tree does says by 125 that there is none', async (t) => {
  const images = join(scratch(t), 'none');
  for (const [flags, code] of [
    [[], 125],
    [['--shell-job'], 125],
    [['--no-such-flag'], 125],
    [['-d'], 8],
    [['--detach'], 8],
    [['-jd'], 8],
    [['--plan'], 8],
    [['-d', '--no-such-flag'], 2],
  ] as const) {
    const plain = await stasis('restore', '-D', images, ...flags);
    t.is(plain.code, code, flags.join(' '));
    const { json } = await stasisJson('restore', '-D', images, ...flags);
    t.like(json, { error: { exitCode: code, kind: flags.some((flag) => flag === '--no-such-flag') ? 'usage' : 'image' } });
  }
});

test('what cannot be a target is told by what it is, with the exit code of that', async (t) => {
  const { target, images } = await counter(t);
  const kernel = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && statusOf(Number(pid), 'Kthread') === '1');
  const thread = await counter(
    t,
    'import threading, time; t = threading.Thread(target=time.sleep, args=(1000,)); t.start(); object = t.native_id',
  );
  const code =
    'import ctypes, threading, time; threading.Thread(target=time.sleep, args=(1000,)).start(); ctypes.CDLL(None).pthread_exit(None)';
  const headless = launch(['/usr/bin/python3', '-c', code]);
  t.teardown(() => killTree(headless));
  await until('its main thread has ended', () => statusOf(headless, 'State')?.[0] === 'Z');
  const zombie = await counter(t, 'object = os.spawnvp(os.P_NOWAIT, "true", ["true"])');
  const dead = Number(await zombie.target.ready());
  await until('it is a zombie', () => statusOf(dead, 'State')?.[0] === 'Z');
  for (const [pid, code, cause] of [
    [kernel, 3, /it is a thread of the kernel, not a program/],
    ['1', 3, /it is the init of this PID namespace/],
    [await thread.target.ready(), 5, new RegExp(`it is a thread of pid ${thread.target.pid}, not a process — name pid`)],
    [`${headless}`, 3, /its main thread has ended while others run on/],
    [`${dead}`, 5, /it has ended already \(zombie\)/],
    [`${process.pid}`, 3, /runs below it/],
  ] as const) {
    // A PID namespace of its own has no threads of the kernel.
    if (pid === undefined) continue;
    const { code: found, stderr } = await stasis('dump', pid, '-D', images);
    t.is(found, code, stderr);
    t.regex(stderr, cause);
    t.false(existsSync(images));
  }
  const below = await stasis('dump', `${target.pid}`, '-D', join('/proc/self/comm', 'images'));
  t.is(below.code, 10, below.stderr);
  await target.counts();
});

test('several refusals are told one by one, equal ones once', async (t) => {
  const { target, images } = await counter(
    t,
    'held += [call(294, 0) for n in range(5)]; call(425, 8, ctypes.create_string_buffer(120))',
  );
  const { code, stdout, stderr } = await stasis('dump', `${target.pid}`, '-D', images);
  t.is(code, 3);
  t.is(stdout, '');
  const [head, first, second, last] = stderr.split('\n');
  t.is(head, `stasis: cannot dump pid ${target.pid}, for 6 reasons:`);
  t.regex(`${first}\n${second}`, /^ {2}fd \d+ of pid \d+ \(python3\), fd .* and 3 more: inotify/m);
  t.regex(`${first}\n${second}`, /io_uring/);
  t.is(last, `stasis inspect ${target.pid} shows all of it`);
  await target.counts();
});

test('a limit on CPU time is warned of', async (t) => {
  const { target, images } = await counter(t, 'import resource; resource.setrlimit(resource.RLIMIT_CPU, (3001, 4001))');
  t.is((await stasis('dump', `${target.pid}`, '-D', images)).code, 0);
  const { code, stderr } = await stasis('restore', '-D', images, '-d');
  t.is(code, 0);
  t.is(
    stderr,
    `warning: pid ${target.pid} (python3) has a limit on CPU time of 3001 s, and has used none of it again: CPU clocks start at zero\n`,
  );
  await target.counts();
});

test('-v and --log-file tell what is done, each line with its time', async (t) => {
  const { target, folder, images } = await counter(t);
  const log = join(folder, 'log');
  const dumped = await stasis('dump', `${target.pid}`, '-D', images, '-v');
  t.is(dumped.code, 0);
  t.regex(dumped.stdout, /^dumped pid \d+ [^\n]*\n$/, 'standard output is as without it');
  const lines = dumped.stderr.trimEnd().split('\n');
  for (const line of lines) t.regex(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z dump\[\d+\]: ./);
  const stages = ['destination', 'freeze', 'survey', 'collect', 'pages', 'write', 'commit', 'release'];
  const ended = lines.flatMap((line) => /: (\w+): took [\d.]+ ms; ./.exec(line)?.[1] ?? []);
  t.deepEqual(ended, stages);
  t.regex(lines[0] ?? '', new RegExp(`begins: ${target.pid} -D ${images} -v$`));
  t.regex(lines.at(-1) ?? '', /ends with exit code 0$/);

  t.is(await anyLeft([target.pid]), undefined);
  const failed = await stasisJson('restore', '-D', join(folder, 'none'), '--log-file', log);
  t.is(failed.stderr, '');
  const restored = await stasisJson('restore', '-D', images, '--detach', '--log-file', log);
  t.is(restored.stderr, '');
  t.is(restored.code, 0);
  const text = readFileSync(log, 'utf8');
  t.is(statSync(log).mode & 0o777, 0o600);
  t.regex(text, /prepare: failed: cannot read .*none: no such file or directory\n.*\n.*ends with exit code 125\n/);
  t.regex(text, new RegExp(`run: took [\\d.]+ ms; pid ${target.pid} runs, by itself\\n`));
  await target.counts();
  const nowhere = await stasisJson('check', '--log-file', join(folder, 'no', 'such'));
  t.is(nowhere.code, 10);
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
