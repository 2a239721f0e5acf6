// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { dumpWith } from '../../../src/dump/index.js';
import { StasisError } from '../../../src/errors/index.js';
import { verifyImages } from '../../../src/images/verify.js';
import { fakeNative } from '../fake/native.js';
import type { FakeTree } from '../fake/tree.js';

const SHELL = statSync('/bin/sh');
const EXE = { path: Buffer.from('/bin/sh'), dev: SHELL.dev, ino: SHELL.ino, mode: SHELL.mode, size: SHELL.size };

const TREE: FakeTree = {
  tasks: [
    {
      pid: 4001,
      ppid: 1,
      threads: [4001, 4002, 4003],
      fds: [
        { fd: 0, description: 1 },
        { fd: 5, cloexec: true, description: 2 },
      ],
    },
    { pid: 4010, ppid: 4001, pgid: 4001, sid: 4001, fds: [{ fd: 7, description: 2 }] },
    { pid: 4011, ppid: 4001, pgid: 4001, sid: 4001, state: 2, exitCode: 7 << 8 },
  ],
  descriptions: [
    { id: 1, characterDevice: {}, flags: 2, file: { path: Buffer.from('/dev/null'), mode: 0o020666 }, pid: 4001, fd: 0 },
    { id: 2, flags: 2, eventfd: { count: '18446744073709551614' }, pid: 4001, fd: 5 },
  ],
};

function scratch(t: { teardown(work: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'stasis-dump-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('a killing dump writes before it kills, and what it writes is sound', async (t) => {
  const dir = scratch(t);
  const native = fakeNative({ tree: TREE, exe: EXE });
  const imagesDir = join(dir, 'images');
  const report = await dumpWith({ pid: 4001, imagesDir }, native);
  t.is(report.tasks, 3);
  t.is(report.threads, 4);
  t.is(report.pagesBytes, 8192);
  t.is(report.frozenMs, 1.5);
  t.deepEqual(native.log.slice(-5), ['write images', 'write stasis.img', 'sync', 'commit', 'release kill']);
  t.deepEqual(readdirSync(dir), ['images']);
  t.is(statSync(imagesDir).mode & 0o777, 0o700);
  const verified = await verifyImages(imagesDir);
  t.deepEqual(verified.problems, []);
  t.deepEqual(verified.unlisted, []);
  t.is(
    report.imageBytes + statSync(join(imagesDir, 'stasis.img')).size,
    verified.bytes + statSync(join(imagesDir, 'stasis.img')).size,
  );
});

test('a dump that leaves the tree running lets go as soon as all is collected', async (t) => {
  const native = fakeNative({ tree: TREE, exe: EXE });
  await dumpWith({ pid: 4001, imagesDir: join(scratch(t), 'images'), after: 'run' }, native);
  const released = native.log.indexOf('release run');
  t.true(released > native.log.indexOf('collect'));
  t.true(released < native.log.indexOf('write images'));
});

for (const failAt of ['freeze', 'survey', 'collect', 'pump', 'write images', 'write stasis.img', 'commit']) {
  test(`a failure at ${failAt} gives the tree back and leaves no directory`, async (t) => {
    const dir = scratch(t);
    const native = fakeNative({ tree: TREE, exe: EXE, failAt });
    const error = await t.throwsAsync(dumpWith({ pid: 4001, imagesDir: join(dir, 'images') }, native), {
      instanceOf: StasisError,
    });
    t.is(error?.details.errnoName, 'EIO');
    t.deepEqual(readdirSync(dir), []);
    t.is(native.log.filter((line) => line === 'release run').length, failAt === 'freeze' ? 0 : 1);
    t.false(native.log.includes('release kill'));
  });
}

test('a destination that holds something is refused before the freeze', async (t) => {
  const dir = scratch(t);
  writeFileSync(join(dir, 'x'), '');
  const native = fakeNative({ tree: TREE, exe: EXE });
  const error = await t.throwsAsync(dumpWith({ pid: 4001, imagesDir: dir }, native), { instanceOf: StasisError });
  t.is(error?.kind, 'destination');
  t.deepEqual(native.log, []);
});

test('an abort during the pages gives the tree back', async (t) => {
  const dir = scratch(t);
  const controller = new AbortController();
  const reason = new StasisError({ kind: 'interrupted', operation: 'dump', object: 'pid 4001', cause: 'interrupted by SIGINT' });
  const native = fakeNative({ tree: TREE, exe: EXE });
  const error = await t.throwsAsync(
    dumpWith(
      {
        pid: 4001,
        imagesDir: join(dir, 'images'),
        signal: controller.signal,
        onProgress: ({ stage }) => stage === 'pages' && controller.abort(reason),
      },
      native,
    ),
    { instanceOf: StasisError },
  );
  t.is(error?.kind, 'interrupted');
  t.deepEqual(native.log.slice(-1), ['release run']);
  t.deepEqual(readdirSync(dir), []);
});

test('what cannot be dumped is refused in one error that names all of it', async (t) => {
  const tree: FakeTree = {
    tasks: [
      { pid: 4001, ppid: 1, more: { namespaces: [{ kind: 'net', ino: 5, own: true }] } },
      { pid: 4002, ppid: 4001, sid: 1, pgid: 1, vmas: [{ start: 0x1000, end: 0x2000, kind: 8, prot: 3 }] },
    ],
  };
  const native = fakeNative({ tree, exe: EXE });
  const error = await t.throwsAsync(dumpWith({ pid: 4001, imagesDir: join(scratch(t), 'images') }, native), {
    instanceOf: StasisError,
  });
  t.is(error?.kind, 'unsupported');
  t.regex(error?.message ?? '', /net namespace/);
  t.regex(error?.message ?? '', /mapping 1000-2000 of pid 4002/);
  t.regex(error?.message ?? '', /session 1 of pid 4002/);
  t.deepEqual(native.log, ['freeze', 'survey', 'release run']);
});

test('what fails for a reason without a kind of its own is a dump that could not be finished', async (t) => {
  const dir = scratch(t);
  const native = fakeNative({ tree: TREE, exe: EXE, failAt: 'collect' });
  const error = await t.throwsAsync(dumpWith({ pid: 4001, imagesDir: join(dir, 'images') }, native), { instanceOf: StasisError });
  t.deepEqual([error?.kind, error?.exitCode], ['dump', 11]);
  t.is(error?.details.errnoName, 'EIO');
  t.is(native.log.at(-1), 'release run');
  t.deepEqual(readdirSync(dir), []);
  const gone = fakeNative({ tree: TREE, exe: EXE, failAt: 'collect', failure: { errno: 3 } });
  const left = await t.throwsAsync(dumpWith({ pid: 4001, imagesDir: join(dir, 'images') }, gone), { instanceOf: StasisError });
  t.is(left?.kind, 'gone');
});

test('an image that cannot be written is told with its directory', async (t) => {
  const imagesDir = join(scratch(t), 'images');
  const failure = { kind: 'destination', operation: 'write', object: 'fs-4001.img', errno: 28 };
  const native = fakeNative({ tree: TREE, exe: EXE, failAt: 'write', failure });
  const error = await t.throwsAsync(dumpWith({ pid: 4001, imagesDir }, native), { instanceOf: StasisError });
  t.is(error?.message, `cannot write ${imagesDir}/fs-4001.img: no space left on device`);
  t.is(error?.kind, 'destination');
});
