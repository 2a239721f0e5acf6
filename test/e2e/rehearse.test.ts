// SPDX-License-Identifier: GPL-2.0-only
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { dump, StasisError } from '../../src/index.js';
import { needing } from '../harness/needs.js';
import { stasis, stasisJson } from '../harness/stasis.js';
import { Counter } from './lib/counter.js';
import { library } from './lib/driver.js';
import { anyLeft } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** Dumps that restore the images beside the frozen tree before they kill it. */
const test = needing({ root: true, programs: ['python3', 'unshare', 'mount', 'ip'] }).serial;

/** What a restore makes outside of its tasks: names, ports, locks, data in FIFOs, terminals, addresses. */
const STATE = `
import fcntl, pty
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(3); held += [s]
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.bind(("127.0.0.1", 0)); d.connect(d.getsockname()); d.send(b"unread"); held += [d]
u = socket.socket(socket.AF_UNIX); u.bind("HOME/name"); u.listen(3); held += [u]
a = socket.socket(socket.AF_UNIX); a.bind("\\0stasis-rehearse-HOME"); a.listen(3); held += [a]
os.mkfifo("HOME/fifo"); f = os.open("HOME/fifo", os.O_RDWR); os.write(f, b"unread"); held += [f]
l = open("HOME/locked", "w"); l.write("kept"); l.flush(); fcntl.flock(l, fcntl.LOCK_EX); held += [l]
g = open("HOME/gone", "w+"); g.write("content"); g.flush(); os.unlink("HOME/gone"); held += [g]
held += pty.openpty()
`;

async function started(t: ExecutionContext, state: string): Promise<{ counter: Counter; home: string; images: string }> {
  const folder = scratch(t);
  const home = join(folder, 'home');
  mkdirSync(home);
  const counter = new Counter(t, folder, state.replaceAll('HOME', home));
  t.is(await counter.ready(), '');
  return { counter, home, images: join(folder, 'images') };
}

/** What is in a folder, and which files those are. */
function names(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => `${name} ${statSync(join(folder, name)).ino}`)
    .sort();
}

/** Bytes that wait in a FIFO. */
function unread(fifo: string): number {
  const code = `import array, fcntl, os, sys, termios
waiting = array.array("i", [0]); fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR), termios.FIONREAD, waiting); print(waiting[0])`;
  return Number(spawnSync('python3', ['-c', code, fifo], { encoding: 'utf8' }).stdout);
}

test('what was rehearsed is killed, comes back, and tells what was made elsewhere', async (t) => {
  const { counter, images } = await started(t, STATE);
  const { code, json } = await stasisJson('dump', `${counter.pid}`, '-D', images, '--rehearse');
  t.is(code, 0);
  const { notRehearsed, stages } = json as { notRehearsed: string[]; stages: { stage: string }[] };
  for (const what of [/^file locks/, /^addresses and ports/, /^names of unix sockets/, /^FIFOs/, /^numbers of pseudo-terminals/])
    t.true(
      notRehearsed.some((told) => what.test(told)),
      `${what}`,
    );
  t.true(stages.some(({ stage }) => stage === 'rehearse'));
  t.is(await anyLeft([counter.pid]), undefined);
  t.false(readdirSync(images).includes('scene'));
  await library.restore(images);
  await counter.counts();
});

test('of a tree that was rehearsed as it is nothing is told', async (t) => {
  const { counter, images } = await started(t, '');
  const { code, stdout, stderr } = await stasis('dump', `${counter.pid}`, '-D', images, '--rehearse');
  t.is(code, 0, stderr);
  t.is(stderr, '');
  t.regex(stdout, /^dumped pid/);
  t.is(await anyLeft([counter.pid]), undefined);
  await library.restore(images);
  await counter.counts();
});

test('what only a restore can find out gives the tree back, and nothing has changed outside', async (t) => {
  const { counter, home, images } = await started(t, STATE);
  // A look does not come that far.
  process.env['STASIS_FAULT'] = 'restore.parked:error';
  t.teardown(() => delete process.env['STASIS_FAULT']);
  const before = names(home);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  const error = await t.throwsAsync(dump({ pid: counter.pid, imagesDir: images, rehearse: true }), { instanceOf: StasisError });
  t.regex(error?.message ?? '', /^cannot dump pid \d+ \(python3\): its rehearsal failed: .*i\/o error/);
  t.is(error?.details.stage, 'rehearse');
  t.deepEqual(names(home), before);
  t.is(readFileSync('/proc/self/mountinfo', 'utf8'), mounts);
  t.false(readdirSync(join(home, '..')).some((name) => name.includes('images')));
  await counter.counts();
  t.is(unread(join(home, 'fifo')), 'unread'.length);

  delete process.env['STASIS_FAULT'];
  await dump({ pid: counter.pid, imagesDir: images, rehearse: true });
  t.is(await anyLeft([counter.pid]), undefined);
  await library.restore(images);
  await counter.counts();
});

test('an interrupted rehearsal gives the tree back', async (t) => {
  const { counter, images } = await started(t, STATE);
  const controller = new AbortController();
  const reason = new StasisError({ kind: 'interrupted', operation: 'dump', object: 'it', cause: 'interrupted' });
  const onProgress = ({ stage }: { readonly stage: string }): void => {
    if (stage === 'rehearse') setImmediate(() => controller.abort(reason));
  };
  const promise = dump({ pid: counter.pid, imagesDir: images, rehearse: true, signal: controller.signal, onProgress });
  const error = await t.throwsAsync(promise, { instanceOf: StasisError });
  t.is(error?.kind, 'interrupted');
  await counter.counts();
});
