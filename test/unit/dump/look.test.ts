// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { dumpWith } from '../../../src/dump/index.js';
import type { DumpOptions, DumpReport } from '../../../src/dump/types.js';
import { StasisError } from '../../../src/errors/index.js';
import { type FakeNative, type FakeOptions, fakeNative } from '../fake/native.js';
import { type FakeTree, usualVmas } from '../fake/tree.js';

const SHELL = statSync('/bin/sh');
const EXE = { path: Buffer.from('/bin/sh'), dev: SHELL.dev, ino: SHELL.ino, mode: SHELL.mode, size: SHELL.size };
const NOWHERE = { ...EXE, path: Buffer.from('/no/such/program') };
const SOUND: FakeTree = { tasks: [{ pid: 4001, ppid: 1 }] };

interface Dumped {
  readonly native: FakeNative;
  readonly folder: string;
  readonly result: Promise<DumpReport>;
}

function dumped(t: ExecutionContext, fake: Partial<FakeOptions>, options: Partial<DumpOptions> = {}): Dumped {
  const folder = mkdtempSync(join(tmpdir(), 'stasis-look-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const native = fakeNative({ tree: SOUND, exe: EXE, ...fake });
  return { native, folder, result: dumpWith({ pid: 4001, imagesDir: join(folder, 'images'), ...options }, native) };
}

/** The tree runs on, and nothing is left on disk. */
async function givenBack(t: ExecutionContext, fake: Partial<FakeOptions>, message: RegExp): Promise<StasisError | undefined> {
  const { native, folder, result } = dumped(t, fake);
  const error = await t.throwsAsync(result, { instanceOf: StasisError });
  t.regex(error?.message ?? '', message);
  t.regex(error?.message ?? '', /^cannot dump pid 4001 \(task4001\): it could not be restored here: .*--no-look$/);
  t.is(error?.details.stage, 'look');
  t.deepEqual(native.log.slice(-1), ['release run']);
  t.false(native.log.includes('release kill'));
  t.false(native.log.includes('commit'));
  t.deepEqual(readdirSync(folder), []);
  return error;
}

test('what is sound is looked at and killed', async (t) => {
  const { native, folder, result } = dumped(t, {});
  const { stages, warnings } = await result;
  t.deepEqual(
    stages.map(({ stage }) => stage).filter((stage) => ['write', 'look', 'commit', 'release'].includes(stage)),
    ['write', 'look', 'commit', 'release'],
  );
  t.deepEqual(warnings, []);
  t.is(native.log.at(-1), 'release kill');
  t.deepEqual(readdirSync(folder), ['images']);
});

test('a file that a restore would miss', async (t) => {
  const error = await givenBack(t, { exe: NOWHERE }, /: \/no\/such\/program: no such file/);
  t.is(error?.kind, 'host');
});

test('no hole for the interpreter', async (t) => {
  const everything = { start: 0x1_0000, end: 0x7fff_ffff_f000, prot: 0, kind: 1, flags: 0 };
  const tree = { tasks: [{ pid: 4001, ppid: 1, vmas: [everything, ...usualVmas(EXE).filter((_, i) => i === 6)] }] };
  const error = await givenBack(
    t,
    { tree },
    /cannot place the restorer: it needs \d+ KiB of addresses that no task of the tree uses/,
  );
  t.is(error?.kind, 'host');
});

test('a plan that cannot be made', async (t) => {
  // A socket of which nothing is known goes into no image.
  const descriptions = [{ id: 1, inet: {}, flags: 2, pid: 4001, fd: 3 }];
  const tree = { tasks: [{ pid: 4001, ppid: 1, fds: [{ fd: 3, description: 1 }] }], descriptions };
  const error = await givenBack(t, { tree }, /descriptor 3 refers to file 1, which files\.img does not have/);
  t.is(error?.kind, 'unsupported');
});

test('more descriptors than the kernel allows', async (t) => {
  const most = Number(2 ** 31 - 1024);
  const descriptions = [{ id: 1, flags: 2, eventfd: { count: 1 }, pid: 4001, fd: most }];
  const tree = { tasks: [{ pid: 4001, ppid: 1, fds: [{ fd: most, description: 1 }] }], descriptions };
  await givenBack(t, { tree }, /descriptors of the whole tree: \d+ numbers are needed for the moment, and fs\.nr_open is/);
});

test('a number that a process outside keeps', async (t) => {
  await givenBack(
    t,
    { outside: { groups: [1, 1, 1, 4001, 4001, 4001, 4999, 4999, 4001] } },
    /pid 4001: the number stays taken: pid 4999/,
  );
});

test('a port that a process outside keeps', async (t) => {
  const isk = { family: 2, type: 1, protocol: 6, state: 10, sourcePort: 80, source: Buffer.alloc(4), ino: 77, options: {} };
  const descriptions = [{ id: 1, flags: 2, inet: isk, pid: 4001, fd: 3 }];
  const tree = { tasks: [{ pid: 4001, ppid: 1, fds: [{ fd: 3, description: 1 }] }], descriptions };
  const outside = { holders: [0, 4999] };
  await givenBack(t, { tree, outside }, /TCP socket at 0\.0\.0\.0:80: it stays in use: pid 4999/);
});

test('images for another host', async (t) => {
  const { native, result } = dumped(t, { exe: NOWHERE }, { lookFirst: false });
  await result;
  t.is(native.log.at(-1), 'release kill');
});

test('of a tree that stays stopped it is a warning', async (t) => {
  const { native, folder, result } = dumped(t, { exe: NOWHERE }, { after: 'stop' });
  const { warnings } = await result;
  t.is(warnings.length, 1);
  t.regex(warnings[0] ?? '', /^the tree could not be restored here: .*no such file/);
  t.true(native.log.includes('release stop'));
  t.deepEqual(readdirSync(folder), ['images']);
});

test('one that runs on is not looked at', async (t) => {
  const { warnings, stages } = await dumped(t, { exe: NOWHERE }, { after: 'run' }).result;
  t.deepEqual(warnings, []);
  t.false(stages.some(({ stage }) => stage === 'look'));
});

test('an abort while it looks gives the tree back', async (t) => {
  const controller = new AbortController();
  const reason = new StasisError({ kind: 'interrupted', operation: 'dump', object: 'pid 4001', cause: 'interrupted by SIGINT' });
  const onProgress: DumpOptions['onProgress'] = ({ stage }) => stage === 'look' && controller.abort(reason);
  const { native, folder, result } = dumped(t, {}, { signal: controller.signal, onProgress });
  const error = await t.throwsAsync(result, { instanceOf: StasisError });
  t.is(error?.kind, 'interrupted');
  t.is(native.log.at(-1), 'release run');
  t.deepEqual(readdirSync(folder), []);
});

test('a disk that cannot be written to gives the tree back', async (t) => {
  const { native, folder, result } = dumped(t, { failAt: 'sync' });
  const error = await t.throwsAsync(result, { instanceOf: StasisError });
  t.is(error?.details.errnoName, 'EIO');
  t.is(native.log.at(-1), 'release run');
  t.deepEqual(readdirSync(folder), []);
});
