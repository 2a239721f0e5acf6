// SPDX-License-Identifier: GPL-2.0-only
import { chmodSync, existsSync, lchownSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { restore, StasisError } from '../../src/index.js';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { stasis, stasisJson } from '../harness/stasis.js';
import { counter } from './lib/counter.js';
import { anyLeft, killTree, statusOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** What is refused, warned of and told, and how the command exits then. */
const test = needing({ root: true, programs: ['python3'] });

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

test('a child without address space for a dump is not supported, and said so', async (t) => {
  const crowded = 'import resource, time; resource.setrlimit(resource.RLIMIT_AS, (0, 0)); time.sleep(1000)';
  const { target, images } = await counter(
    t,
    `import time; object = os.spawnv(os.P_NOWAIT, "/usr/bin/python3", ["python3", "-c", "${crowded}"])
while " 0 " not in open(f"/proc/{object}/limits").read().split("Max address space")[1].splitlines()[0]: time.sleep(0.01)`,
  );
  const pid = await target.ready();
  t.teardown(() => process.kill(Number(pid), 'SIGKILL'));
  const { code, stderr } = await stasis('dump', `${target.pid}`, '-D', images);
  t.is(code, 3, stderr);
  t.regex(
    stderr,
    new RegExp(`pid ${pid}: its limit on address space \\(RLIMIT_AS, 0 bytes\\) leaves no room for \\d+ bytes — raise it`),
  );
  t.false(existsSync(images));
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
