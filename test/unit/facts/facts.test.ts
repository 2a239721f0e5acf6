// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { decodeInner, decodeSurvey, encodeTakeover } from '../../../src/facts/generated.js';
import { FactsReader } from '../../../src/facts/reader.js';
import { WireError } from '../../../src/images/wire/reader.js';
import { Writer } from '../../../src/images/wire/writer.js';
import { decodeFacts, encodeFacts } from '../fake/facts.js';

function survey(message: object) {
  const bytes = encodeFacts('Survey', message);
  return decodeSurvey(new FactsReader(bytes), bytes.length);
}

test('numbers: addresses up to [vsyscall], negative ones, all 64 bits of masks', (t) => {
  const { tasks } = survey({
    tasks: [
      {
        pid: 412,
        tpgid: -1,
        exitCode: -2147483648,
        threads: [{ tid: 412, blocked: '18446744073709551614', nice: -20, ioPriority: -5 }],
        vmas: [
          { start: '18446744073699065856', end: '18446744073699069952', flags: '9223372036854775809' },
          { start: 0x7fff_ffff_f000, end: 0x7fff_ffff_f001 },
        ],
        cwd: { path: Buffer.from([0xff, 0x2f]), mtimeNs: '-5' },
      },
    ],
  });
  const [task] = tasks;
  t.is(task?.tpgid, -1);
  t.is(task?.exitCode, -2147483648);
  t.is(task?.threads[0]?.blocked, 18446744073709551614n);
  t.is(task?.threads[0]?.nice, -20);
  t.is(task?.vmas[0]?.start, 0xffffffffff600000);
  t.is(BigInt(task?.vmas[0]?.end ?? 0), 0xffffffffff601000n);
  t.is(task?.vmas[0]?.flags, 0x8000000000000001n);
  t.is(task?.vmas[1]?.end, 0x7fff_ffff_f001);
  t.deepEqual([...(task?.cwd?.path ?? [])], [0xff, 0x2f]);
  t.is(task?.cwd?.mtimeNs, -5);
});

test('what is absent is zero, empty or undefined', (t) => {
  const { tasks, host } = survey({ tasks: [{ pid: 1 }] });
  t.is(host, undefined);
  t.is(tasks[0]?.comm, '');
  t.deepEqual(tasks[0]?.threads, []);
  t.is(tasks[0]?.cwd, undefined);
  t.is(tasks[0]?.auxv.length, 0);
});

test('what is equal in several tasks is one object, what differs in the least is not', (t) => {
  const vmas = [
    { start: 4096, end: 8192, file: { path: Buffer.from('/a') } },
    { start: 8192, end: 12288 },
  ];
  const cwd = { path: Buffer.from('/') };
  const [one, same, longer, elsewhere] = survey({
    tasks: [
      { pid: 1, vmas, cwd },
      { pid: 2, vmas, cwd },
      { pid: 3, vmas: [...vmas, { start: 12288, end: 16384 }], cwd },
      { pid: 4, vmas: [vmas[0], { start: 8192, end: 12289 }], cwd: { path: Buffer.from('/b') } },
    ],
  }).tasks;
  t.is(one?.vmas, same?.vmas);
  t.is(one?.cwd, longer?.cwd);
  t.deepEqual(
    one?.vmas.map(({ end }) => end),
    [8192, 12288],
  );
  t.deepEqual(
    longer?.vmas.map(({ end }) => end),
    [8192, 12288, 16384],
  );
  t.deepEqual(
    elsewhere?.vmas.map(({ end }) => end),
    [8192, 12289],
  );
  t.is(String(elsewhere?.cwd?.path), '/b');
});

test('packed lists, nested messages, bytes', (t) => {
  const bytes = encodeFacts('Inner', {
    pid: 7,
    sigactions: Buffer.from('abc'),
    posixTimers: [{ id: 3, setting: Buffer.alloc(32, 1), overrun: 2 }],
    childSubreaper: true,
  });
  const inner = decodeInner(new FactsReader(bytes), bytes.length);
  t.is(inner.posixTimers[0]?.setting.length, 32);
  t.true(inner.childSubreaper);
  const creds = survey({ tasks: [{ threads: [{ credentials: { groups: [1, 70_000, 4_294_967_295] } }] }] });
  t.deepEqual(creds.tasks[0]?.threads[0]?.credentials?.groups, [1, 70_000, 4_294_967_295]);
});

test('a message that ends too early is told', (t) => {
  const bytes = encodeFacts('Survey', { tasks: [{ pid: 1, comm: 'abc' }] });
  t.throws(() => decodeSurvey(new FactsReader(bytes.subarray(0, -1)), bytes.length), { instanceOf: WireError });
});

test('what is written is what protobufjs reads', (t) => {
  const threads = [
    {
      strand: 3,
      pid: 412,
      tid: 413,
      threadInfo: new Uint8Array(300).fill(5),
      blocked: 0xffff_ffff_ffff_ffffn,
      stopped: true,
      stopSignal: 20,
      interrupted: 514,
    },
    { strand: 0, pid: 0, tid: 0, threadInfo: new Uint8Array(0), blocked: 0n, stopped: false, stopSignal: 0, interrupted: 0 },
  ];
  const decoded = decodeFacts('Takeover', encodeTakeover(new Writer(), { threads }).finish()) as {
    threads: Record<string, unknown>[];
  };
  t.is(decoded.threads.length, 2);
  t.is(decoded.threads[0]?.['blocked'], '18446744073709551615');
  t.is((decoded.threads[0]?.['threadInfo'] as Buffer | undefined)?.length, 300);
  t.is(decoded.threads[0]?.['stopSignal'], 20);
  t.is(decoded.threads[0]?.['interrupted'], 514);
  t.is(decoded.threads[1]?.['pid'], 0);
});
