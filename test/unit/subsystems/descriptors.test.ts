// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { FdTypes } from '../../../src/images/generated/enums.js';
import { epollDump } from '../../../src/subsystems/descriptors/epoll/dump.js';
import { eventfdDump } from '../../../src/subsystems/descriptors/eventfd/dump.js';
import { fifosDump } from '../../../src/subsystems/descriptors/fifos/dump.js';
import { pipesDump } from '../../../src/subsystems/descriptors/pipes/dump.js';
import { signalfdDump } from '../../../src/subsystems/descriptors/signalfd/dump.js';
import { descriptorsDump } from '../../../src/subsystems/descriptors/tables/dump.js';
import { descriptorsRestore } from '../../../src/subsystems/descriptors/tables/restore.js';
import { filesDump } from '../../../src/subsystems/files/regular/dump.js';
import { timerfdDump } from '../../../src/subsystems/time/timerfd/dump.js';
import { compiled, factsOf, imagesOf, missing, modelOf, PID } from './bench.js';

const RESTORE = [descriptorsRestore];
const O_ASYNC = 0o20000;
const O_NONBLOCK = 0o4000;

const pipeEnd = (id: number, flags: number, pipe: object = {}, more: object = {}) => ({
  id,
  fd: id + 2,
  kind: 'pipe' as const,
  flags,
  pipe: { id: 555, number: 1, capacity: 65536, ...pipe },
  ...more,
});

test('a table: numbers, close-on-exec, types; in each process that has it once', (t) => {
  const facts = factsOf(
    [{ id: 1, kind: 'eventfd', eventfd: {} } as never, { id: 2, kind: 'regular', flags: 0o10000000 } as never],
    {
      task: {
        fds: [
          { fd: 7, cloexec: true, description: 1 },
          { fd: 9, description: 2 },
          { fd: 11, description: 1 },
        ],
      },
    },
  );
  t.deepEqual(
    imagesOf(facts, [descriptorsDump])
      .list('FDINFO', PID + 1)
      .map(({ fd, id, flags, type }) => [fd, id, flags, type]),
    [
      [7, 1, 1, FdTypes.EVENTFD],
      [9, 2, 0, FdTypes.REG],
      [11, 1, 0, FdTypes.EVENTFD],
    ],
  );
  const images = imagesOf(
    factsOf([{ id: 1, fd: 7, kind: 'eventfd' as const, flags: 2, eventfd: { count: 5, semaphore: true } } as never]),
    [eventfdDump],
  );
  const { ops } = compiled(
    modelOf(images, {
      fds: [
        [7, 1],
        [11, 1],
      ],
    }),
    images,
    RESTORE,
    ['descriptors'],
  );
  t.is(
    missing(ops, [
      /^eventfd2 0, 1/,
      /^move \$0, 7, 0x80000/,
      /^write 7/,
      /^fcntl 7, 2$/,
      /^dup3 7, 11$/,
      /^close_range 0, 6/,
      /^close_range 8, 10/,
      /^close_range 12, 15/,
    ]),
    undefined,
    ops.join('\n'),
  );
});

test('a pipe: two ends, a third description of one, its data and packets', (t) => {
  const data = Buffer.from('one packetanother');
  const facts = factsOf([pipeEnd(1, 0, { data, packets: [10, 7], capacity: 4096 }), pipeEnd(2, 1 | O_NONBLOCK), pipeEnd(3, 1)]);
  const images = imagesOf(facts, [pipesDump]);
  t.is(images.list('PIPES_DATA').length, 1);
  const { ops } = compiled(
    modelOf(images, {
      fds: [
        [3, 1],
        [4, 2],
        [5, 3],
      ],
    }),
    images,
    RESTORE,
  );
  t.is(ops.filter((op) => op.startsWith('pipe2')).length, 1);
  t.is(
    missing(ops, [/^pipe2/, /^fcntl \d+, 1031, 4096/, /^write \d+, .*, 10$/, /^write \d+, .*, 7$/]),
    undefined,
    ops.join('\n'),
  );
  t.is(missing(ops, [/^fcntl \d+, 4, 2048/, /^openat AT_FDCWD, "\/proc\/self\/fd\/\d+", /]), undefined, ops.join('\n'));
});

test('a FIFO: opened both ways first, refilled only when it is empty', (t) => {
  const fifo = (id: number, flags: number, pipe: object = {}) => ({
    id,
    fd: id + 2,
    kind: 'fifo' as const,
    flags,
    fifo: { id: 90, number: 4, capacity: 65536, ...pipe },
    file: { path: Buffer.from('/tmp/f'), mode: 0o010640 },
  });
  const images = imagesOf(factsOf([fifo(1, 0, { data: Buffer.from('data') }), fifo(2, 1)]), [fifosDump]);
  t.like(images.withData('FIFO_DATA')[0]?.entry, { pipe_id: 4, bytes: 4 });
  const regf = images.list('FILES').filter(({ reg }) => reg?.name === '/tmp/f');
  t.is(regf.length, 2);
  const { ops } = compiled(
    modelOf(images, {
      fds: [
        [3, 1],
        [4, 2],
      ],
    }),
    images,
    RESTORE,
    ['descriptors'],
  );
  t.is(
    missing(ops, [
      /^openat AT_FDCWD, "\/tmp\/f", 0x80002/,
      /^ioctl \d+, 21531/,
      /^compare/,
      /^write/,
      /^openat AT_FDCWD, "\/tmp\/f"/,
      /^openat AT_FDCWD, "\/tmp\/f"/,
    ]),
    undefined,
    ops.join('\n'),
  );
});

test('owners: with the rights they had, the signal first, O_ASYNC through the final number', (t) => {
  const owner = { ownerPid: PID, ownerType: 1, ownerSignal: 40 };
  const facts = factsOf([
    pipeEnd(1, O_ASYNC | O_NONBLOCK, {}, { ...owner, ownerEuid: 0 }),
    pipeEnd(2, 1, {}, { ...owner, ownerUid: 1000, ownerEuid: 1000 }),
    pipeEnd(3, 1, {}, { ...owner, ownerPid: 4711 }),
  ]);
  const images = imagesOf(facts, [pipesDump]);
  const model = modelOf(images, {
    fds: [
      [3, 1],
      [4, 2],
      [5, 3],
    ],
  });
  const before = compiled(model, images, RESTORE).ops;
  t.false(
    before.some((op) => /^fcntl \d+, (10|15),/.test(op)),
    'nothing of it at pool numbers',
  );
  const early = compiled(model, images, RESTORE, ['process']);
  t.is(missing(early.ops, [/^fcntl 3, 10, 40/, /^fcntl 3, 15, /, /^fcntl 3, 4, 10240/]), undefined, early.ops.join('\n'));
  t.false(
    early.ops.some((op) => /^fcntl 4, 15/.test(op)),
    'that of another user waits for its rights',
  );
  t.regex(early.plan.warnings[0] ?? '', /pid 4711, which no longer exists/);
  const late = compiled(model, images, RESTORE, ['final']).ops;
  t.is(missing(late, [/^fcntl 4, 10, 40/, /^fcntl 4, 15, /]), undefined, late.join('\n'));
  t.false(late.some((op) => /^fcntl 3, 15/.test(op)));
});

test('timerfd: what is left, also where a periodic one has expired; absolute ones count from now', (t) => {
  const timer = (id: number, timerfd: object) => ({ id, fd: id + 2, kind: 'timerfd' as const, flags: 2, timerfd });
  const facts = factsOf([
    timer(1, { clock: 1, valueSec: 5, intervalSec: 3 }),
    timer(2, { clock: 1, ticks: 2, intervalSec: 3 }),
    timer(3, { clock: 1, intervalSec: 3 }),
    timer(4, { clock: 1 }),
    timer(5, { clock: 0, settimeFlags: 3, valueSec: 100 }),
  ]);
  const images = imagesOf(facts, [timerfdDump]);
  const { ops, plan } = compiled(
    modelOf(images, {
      fds: [
        [3, 1],
        [4, 2],
        [5, 3],
        [6, 4],
        [7, 5],
      ],
    }),
    images,
    RESTORE,
    ['arm'],
  );
  const set = ops.filter((op) => op.startsWith('timerfd_settime'));
  t.deepEqual(
    set.map((op) => op.split(', ').slice(0, 2).join(' ')),
    ['timerfd_settime 3 0', 'timerfd_settime 4 0', 'timerfd_settime 5 0', 'timerfd_settime 7 3'],
  );
  t.is(missing(ops, [/^timerfd_settime 4/, /^ioctl 4, 0x40085400/]), undefined);
  const { bytes } = plan.arena.finish();
  const at = Number(/data\+(\d+)/.exec(set[3] ?? '')?.[1]);
  const seconds = Number(new DataView(bytes.buffer).getBigUint64(at + 16, true));
  t.true(Math.abs(seconds - Date.now() / 1000 - 100) < 5, `${seconds}`);
});

test('epoll: each target at the number it was added by, once all are there; a target that nobody has is refused', (t) => {
  const epoll = {
    id: 2,
    fd: 4,
    kind: 'epoll' as const,
    flags: 2,
    epoll: { targets: [{ fd: 30, events: 1, data: '18446744073709551615', description: 1 }] },
  };
  const eventfd = { id: 1, fd: 3, kind: 'eventfd' as const, flags: 2, eventfd: {} };
  const images = imagesOf(factsOf([eventfd, epoll]), [eventfdDump, epollDump]);
  const fds = [
    [3, 1],
    [4, 2],
  ] as const;
  const { ops } = compiled(modelOf(images, { fds }), images, RESTORE);
  t.is(missing(ops, [/^epoll_create1/, /^dup3 100, 30/, /^epoll_ctl 101, 1, 30, /, /^close 30/]), undefined, ops.join('\n'));
  const own = compiled(modelOf(images, { fds: [...fds, [30, 1]] }), images, RESTORE, ['descriptors']).ops;
  t.is(missing(own, [/^move .*, 30, /, /^move .*, 4, /, /^dup3 30, 3$/, /^epoll_ctl 4, 1, 30, /]), undefined, own.join('\n'));
  t.false(own.includes('close 30'), 'it is watched at the number that it has');
  const again = compiled(modelOf(images, { fds: [...fds, [20, 1], [30, 1]] }), images, RESTORE, ['descriptors']).ops;
  t.is(missing(again, [/^move .*, 20, /, /^dup3 20, 30$/, /^epoll_ctl 4, 1, 30, /]), undefined, again.join('\n'));
  t.false(again.includes('close 30'), 'it is watched at the second of its numbers');
  const lost = { ...epoll, epoll: { targets: [{ fd: 30, events: 1 }] } };
  t.is([...(epollDump.refuse?.(factsOf([lost])) ?? [])].length, 1);
});

test('signalfd: its mask', (t) => {
  const images = imagesOf(
    factsOf([
      { id: 1, fd: 3, kind: 'signalfd' as const, flags: 2 | O_NONBLOCK, signalfd: { mask: '9223372036854775808' } } as never,
    ]),
    [signalfdDump],
  );
  t.is(images.list('FILES')[0]?.sgfd?.sigmask, 0x8000000000000000n);
  const { ops } = compiled(modelOf(images, { fds: [[3, 1]] }), images, RESTORE, ['descriptors']);
  t.is(missing(ops, [/^signalfd4 /, /^fcntl 3, 4, 2048/]), undefined, ops.join('\n'));
});

test('regular files: position, no second creation; files of /proc of other tasks are refused', (t) => {
  const file = { path: Buffer.from('/tmp/x'), mode: 0o100600, size: 10 };
  const images = imagesOf(factsOf([{ id: 1, fd: 3, kind: 'regular' as const, flags: 0o3302 | O_ASYNC, pos: 7, file } as never]), [
    filesDump,
  ]);
  const { ops } = compiled(modelOf(images, { fds: [[3, 1]] }), images, RESTORE, ['descriptors']);
  const flags = Number(/^openat AT_FDCWD, "\/tmp\/x", (\S+)(,| →)/.exec(ops[0] ?? '')?.[1]);
  t.is(flags, 0o2000402 | 0o2000, ops[0]);
  t.is(missing(ops, [/^lseek 3, 7/]), undefined);
  const proc = (path: string) =>
    [
      ...(filesDump.refuse?.(
        factsOf([{ id: 1, fd: 3, kind: 'regular' as const, fsMagic: 0x9fa0, file: { path: Buffer.from(path) } } as never]),
      ) ?? []),
    ].length;
  t.deepEqual(
    [proc(`/proc/${PID}/maps`), proc('/proc/meminfo'), proc('/proc/99/maps'), proc(`/proc/${PID}/task/11/maps`)],
    [0, 0, 0, 1],
  );
});
