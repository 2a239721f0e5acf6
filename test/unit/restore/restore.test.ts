// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { dumpWith } from '../../../src/dump/index.js';
import { StasisError } from '../../../src/errors/index.js';
import type { Arena } from '../../../src/program/index.js';
import { restoreFailure } from '../../../src/restore/failure.js';
import { restoreWith } from '../../../src/restore/index.js';
import { type FakeOptions, fakeNative } from '../fake/native.js';
import type { FakeTree } from '../fake/tree.js';

const SHELL = statSync('/bin/sh');
const EXE = { path: Buffer.from('/bin/sh'), dev: SHELL.dev, ino: SHELL.ino, mode: SHELL.mode, size: SHELL.size };
const PID = freePid();
const TREE: FakeTree = { tasks: [{ pid: PID, ppid: 1 }] };

/** From the top: the kernel gives those out last. */
function freePid(): number {
  let pid = Number(readFileSync('/proc/sys/kernel/pid_max', 'latin1')) - 1;
  while (existsSync(`/proc/${pid}`)) pid -= 1;
  return pid;
}

async function dumped(t: ExecutionContext): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'stasis-restore-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  await dumpWith({ pid: PID, imagesDir: join(dir, 'images') }, fakeNative({ tree: TREE, exe: EXE }));
  return dir;
}

function native(options: Partial<FakeOptions> = {}) {
  return fakeNative({ tree: TREE, exe: EXE, ...options });
}

test('pages go in between the two barriers, registers last', async (t) => {
  const dir = await dumped(t);
  const fake = native();
  const pidfile = join(dir, 'pid');
  const report = await restoreWith({ imagesDir: join(dir, 'images'), pidfile }, fake);
  t.deepEqual(fake.log, ['start', 'open', 'reached', 'fill pages-1.img', 'open', 'parked', 'finish']);
  t.is(readFileSync(pidfile, 'latin1'), `${PID}\n`);
  t.is(report.pagesBytes, 4096);
  t.deepEqual(await report.tree?.wait(), { code: 3, signal: null });
  report.tree?.kill('SIGTERM');
  t.is(fake.log.at(-1), 'signal 15');
});

test("a detached tree is nobody's to wait for", async (t) => {
  const { tree } = await restoreWith({ imagesDir: join(await dumped(t), 'images'), detach: true }, native());
  t.is(tree, null);
});

for (const failAt of ['reached', 'fill', 'open', 'parked', 'finish']) {
  test(`a failure at ${failAt} takes everything back`, async (t) => {
    const dir = await dumped(t);
    const fake = native({ failAt });
    const pidfile = join(dir, 'pid');
    const error = await t.throwsAsync(restoreWith({ imagesDir: join(dir, 'images'), pidfile }, fake), {
      instanceOf: StasisError,
    });
    t.is(error?.details.errnoName, 'EIO');
    t.is(error?.kind, 'restore');
    t.is(fake.log.filter((line) => line === 'abort').length, 1);
    t.false(existsSync(pidfile));
  });
}

test('a pidfile takes the place of an older one, and of nothing else', async (t) => {
  const dir = await dumped(t);
  const older = join(dir, 'older');
  writeFileSync(older, 'nobody');
  await restoreWith({ imagesDir: join(dir, 'images'), pidfile: older, detach: true }, native());
  t.is(readFileSync(older, 'latin1'), `${PID}\n`);
  for (const [pidfile, cause] of [
    ['/dev/null', 'it is there, and is not a regular file'],
    [dir, 'it is there, and is not a regular file'],
    ['/nowhere/pid', 'no such file or directory'],
  ] as const) {
    const fake = native();
    const error = await t.throwsAsync(restoreWith({ imagesDir: join(dir, 'images'), pidfile }, fake), {
      instanceOf: StasisError,
    });
    t.is(error?.message, `cannot write the pid to ${pidfile}: ${cause} — name another file by --pidfile`);
    t.is(error?.kind, 'destination');
    // It is known before there is a tree.
    t.deepEqual(fake.log, []);
  }
});

test('an operation that fails is told by its reason', async (t) => {
  const failure = { why: 1, strand: 1, op: 1, tid: PID, call: 'rt_sigprocmask', kind: 'restore' };
  const promise = restoreWith({ imagesDir: join(await dumped(t), 'images') }, native({ failAt: 'parked', failure }));
  const error = await t.throwsAsync(promise, { instanceOf: StasisError });
  t.is(error?.message, 'cannot restore whole tree: block all signals: rt_sigprocmask: i/o error');
  t.is(error?.kind, 'restore');
});

test('a call that its reason names already is not named twice', (t) => {
  const arena = { reason: () => 'unix socket 5 (/x): bind to /x' } as unknown as Arena;
  const thrown = new Error(JSON.stringify({ why: 1, call: 'bind', errno: 98 }));
  t.regex(restoreFailure(thrown, arena).message, /^cannot restore unix socket 5 \(\/x\): bind to \/x: address already in use — /);
});

test('a taken pid is refused before anything is started', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'stasis-restore-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const tree: FakeTree = { tasks: [{ pid: process.pid, ppid: 1 }] };
  await dumpWith({ pid: process.pid, imagesDir: join(dir, 'images') }, fakeNative({ tree, exe: EXE }));
  const fake = fakeNative({ tree, exe: EXE });
  const error = await t.throwsAsync(restoreWith({ imagesDir: join(dir, 'images') }, fake), { instanceOf: StasisError });
  t.is(error?.kind, 'host');
  t.regex(error?.message ?? '', new RegExp(`pid ${process.pid}: the pid is taken by`));
  t.deepEqual(fake.log, []);
});
