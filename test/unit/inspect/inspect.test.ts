// SPDX-License-Identifier: GPL-2.0-only
import { statSync } from 'node:fs';
import test from 'ava';
import { renderInspect } from '../../../src/cli/render/inspect.js';
import { StasisError } from '../../../src/errors/index.js';
import { inspectWith } from '../../../src/inspect/index.js';
import type { InspectReport } from '../../../src/inspect/types.js';
import { fakeNative } from '../fake/native.js';
import type { FakeTree } from '../fake/tree.js';

const SHELL = statSync('/bin/sh');
const EXE = { path: Buffer.from('/bin/sh'), dev: SHELL.dev, ino: SHELL.ino, mode: SHELL.mode, size: SHELL.size };
const path = (text: string, more: object = {}) => ({ path: Buffer.from(text), mode: 0o100644, size: 500, ...more });
const fds = (...list: readonly (readonly [fd: number, description: number])[]) =>
  list.map(([fd, description]) => ({ fd, description }));

const TREE: FakeTree = {
  tasks: [
    {
      pid: 4001,
      ppid: 1,
      threads: [4001, 4002],
      fds: fds([0, 1], [3, 2], [4, 3], [5, 4], [6, 5], [7, 6], [8, 7], [9, 8], [10, 9], [11, 10]),
      vmas: [
        { start: 0x1000, end: 0x3000, prot: 3, kind: 1, resident: 4096, privateBytes: 4096 },
        { start: 0x10_0000, end: 0x20_0000, prot: 0, kind: 0 },
        { start: 0x30_0000, end: 0x30_4000, prot: 3, shared: true, kind: 4, memoryObject: 1, resident: 8192 },
        { start: 0x40_0000, end: 0x40_1000, prot: 3, kind: 8 },
      ],
    },
    { pid: 4010, ppid: 4001, pgid: 4001, sid: 4001, fds: fds([0, 1], [3, 2], [20, 3]), vmas: [] },
    {
      pid: 4011,
      ppid: 4001,
      pgid: 4001,
      sid: 4001,
      state: 1,
      more: { filesSharedWith: 4010 },
      fds: fds([0, 1], [3, 2], [20, 3]),
      vmas: [],
    },
    { pid: 4012, ppid: 4001, pgid: 4001, sid: 4001, state: 2, exitCode: 7 << 8 },
  ],
  descriptions: [
    { id: 1, regular: {}, flags: 0, pos: 12, file: path('/etc/motd', { deleted: true }), pid: 4001, fd: 0 },
    { id: 2, flags: 0, pipe: { number: 1, id: 9, capacity: 65536, data: Buffer.from('unread') }, pid: 4001, fd: 3 },
    { id: 3, flags: 1, pipe: { number: 1, id: 9, capacity: 65536 }, pid: 4001, fd: 4 },
    { id: 4, flags: 2, eventfd: { count: 7, semaphore: true }, pid: 4001, fd: 5 },
    {
      id: 5,
      flags: 2,
      epoll: {
        targets: [
          { fd: 3, description: 2 },
          { fd: 5, description: 4 },
        ],
      },
      pid: 4001,
      fd: 6,
    },
    { id: 6, flags: 2, timerfd: { clock: 1, valueNsec: 500_000_000, intervalSec: 2 }, pid: 4001, fd: 7 },
    { id: 7, flags: 2, signalfd: { mask: String(1n | (1n << 63n)) }, pid: 4001, fd: 8 },
    {
      id: 8,
      flags: 2,
      unix: { type: 1, state: 10, name: Buffer.from('\0name'), pendingConnections: 1, options: {} },
      pid: 4001,
      fd: 9,
    },
    {
      id: 9,
      flags: 2,
      inet: { family: 10, type: 1, state: 10, bound: true, source: Buffer.from([...Array(15).fill(0), 1]), sourcePort: 80 },
    },
    { id: 10, flags: 2, file: path('anon_inode:[io_uring]'), pid: 4001, fd: 11 },
  ],
  memoryObjects: [{ id: 1, memfd: true, name: 'buffer', size: 16384 }],
};
const MET = {
  pid: 4001,
  comm: 'task4001',
  object: 'fd 11',
  kind: 'io_uring',
  cause: 'its rings cannot be made again',
  hint: 'close it',
};

async function report(shellJob = false): Promise<InspectReport> {
  return inspectWith(4001, { shellJob }, fakeNative({ tree: TREE, exe: EXE, refusals: [MET] }));
}

test('the tree is let go at once, also when it could not be looked at', async (t) => {
  const native = fakeNative({ tree: TREE, exe: EXE });
  t.is((await inspectWith(4001, {}, native)).frozenMs, 1.5);
  t.deepEqual(native.log, ['freeze', 'survey', 'release run']);
  const failing = fakeNative({ tree: TREE, exe: EXE, failAt: 'survey' });
  await t.throwsAsync(inspectWith(4001, {}, failing), { instanceOf: StasisError });
  t.deepEqual(failing.log, ['freeze', 'survey', 'release run']);
});

test('memory by kind', async (t) => {
  const { memory } = (await report()).tasks[0] as InspectReport['tasks'][0];
  t.like(memory, { mappings: 4, sizeBytes: 0x2000 + 0x10_0000 + 0x4000 + 0x1000, residentBytes: 12288, privateBytes: 4096 });
  t.deepEqual(
    memory.kinds.map(({ kind, residentBytes }) => [kind, residentBytes]),
    [
      ['heap', 4096],
      ['reserved', 0],
      ['memfd', 8192],
      ['System V', 0],
    ],
  );
});

test('what descriptors are, what they lead to, and who shares them', async (t) => {
  const { tasks } = await report();
  const [root, child, sharing, zombie] = tasks;
  t.deepEqual(
    root?.descriptors.map(({ fd, access, kind, detail }) => `${fd} ${access} ${kind}: ${detail}`),
    [
      '0 r file: /etc/motd (deleted), at 12 of 500 bytes',
      '3 r pipe: from fd 4, fd 20 of 4010, 6 B of 64.0 KiB unread',
      '4 w pipe: to fd 3, fd 3 of 4010, 6 B of 64.0 KiB unread',
      '5 rw eventfd: count 7, semaphore',
      '6 rw epoll: watches fd 3, fd 5',
      '7 rw timerfd: monotonic clock, in 500 ms, every 2.00 s',
      '8 rw signalfd: SIGHUP, SIGRTMIN+30',
      '9 rw unix stream socket: @name, listening, 1 connection not accepted',
      '10 rw TCP v6 socket: [::1]:80, listening',
      '11 rw io_uring: anon_inode:[io_uring]',
    ],
  );
  t.deepEqual(root?.descriptors[0]?.sharedWith, [{ pid: 4010, fd: 0 }]);
  t.deepEqual(child?.descriptors.map(({ detail }) => detail)[1], 'from fd 4 of 4001, fd 20, 6 B of 64.0 KiB unread');
  t.like(sharing, { state: 'stopped', descriptorsOf: 4010, descriptors: [] });
  t.like(zombie, { state: 'zombie', threads: 0, descriptorsOf: null });
});

test('what a dump would refuse: what was met, and what subsystems find; each thing once', async (t) => {
  const { tasks, refusals } = await report();
  t.deepEqual(refusals[0], MET);
  t.true(refusals.some(({ object, kind }) => object === 'mapping 400000-401000' && kind === 'memory'));
  t.deepEqual(
    tasks[0]?.descriptors.filter(({ refused }) => refused).map(({ fd }) => fd),
    [11],
  );
});

test('as a table', async (t) => {
  const text = renderInspect(await report(), { colour: false });
  t.regex(text, /^pid 4001: 4 tasks, 4 threads, looked at in 1\.50 ms\n/);
  t.regex(text, /\n4001 +task4001 +running +4001 +4001 +2 +10 +4 +12\.0 KiB +4\.00 KiB\n├─ 4010 /);
  t.regex(text, /\n├─ 4011 +task4011 +stopped .* as 4010 /);
  t.regex(text, /\n└─ 4012 +task4012 +zombie +4001 +4001\n/);
  t.regex(text, /\nin all +4 +1\.03 MiB +12\.0 KiB +4\.00 KiB\n/);
  t.regex(
    text,
    /\n4001 +11 +rw +io_uring \(refused\) +anon_inode:\[io_uring\]\n4010 +0 [^\n]*\n4010 +3 [^\n]*\n4010 +20 +w +pipe /,
  );
  t.regex(
    text,
    /\nA dump would refuse \d+ things\n[^\n]*\n4001 task4001 +fd 11 +io_uring +its rings cannot be made again — close it\n/,
  );
  t.notRegex(text, /\x1b/);
});
