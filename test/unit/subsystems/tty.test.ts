// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { TtyEnd } from '../../../src/facts/generated.js';
import { FdTypes, TtyType } from '../../../src/images/generated/enums.js';
import { Findings } from '../../../src/memo.js';
import { descriptorsRestore } from '../../../src/subsystems/descriptors/tables/restore.js';
import { ttyDump } from '../../../src/subsystems/descriptors/tty/dump.js';
import { termiosEntry } from '../../../src/subsystems/descriptors/tty/entry.js';
import { isTerminalPath, terminalsOf } from '../../../src/subsystems/descriptors/tty/model.js';
import { ptsIndex } from '../../../src/subsystems/descriptors/tty/numbers.js';
import { TAKEN } from '../../../src/subsystems/descriptors/tty/pairs.js';
import { ttyRestore } from '../../../src/subsystems/descriptors/tty/restore.js';
import { termiosBytes } from '../../../src/subsystems/descriptors/tty/settings.js';
import { compiled, factsOf, imagesOf, missing, modelOf, PID } from './bench.js';

const RESTORE = [ttyRestore, descriptorsRestore];
const ICANON = 2;

function termios(lflag: number): Buffer {
  const bytes = Buffer.alloc(44);
  bytes.writeUInt32LE(0o2400, 0);
  bytes.writeUInt32LE(0o5, 4);
  bytes.writeUInt32LE(0o277, 8);
  bytes.writeUInt32LE(lflag, 12);
  Buffer.from([3, 0x1c, 0x7f, 0x15, 4]).copy(bytes, 17);
  return bytes;
}

const settings = {
  termios: termios(ICANON),
  winsize: Buffer.from([33, 0, 77, 0, 5, 0, 6, 0]),
  masterInTree: true,
  devpts: 26,
  mode: 0o620,
  gid: 5,
};
const end = (id: number, which: TtyEnd, index: number, tty: object = {}) => ({
  id,
  fd: id + 2,
  kind: 'tty' as const,
  flags: 2,
  rdev: which === TtyEnd.MASTER ? 0x502 : 0x8800 + index,
  file: { path: Buffer.from(which === TtyEnd.MASTER ? '/dev/ptmx' : `/dev/pts/${index}`) },
  tty: { ...settings, end: which, index, ...tty },
});
const pair = (index: number, tty: object = {}) => [
  end(1, TtyEnd.MASTER, index, tty),
  end(2, TtyEnd.SLAVE, index, { ...tty, input: undefined, output: undefined }),
];
const fds = [
  [3, 1],
  [4, 2],
] as const;

test('termios: control characters packed as CRIU has them, and back', (t) => {
  const entry = termiosEntry(termios(ICANON));
  t.is(entry.c_cc[0], 0x157f1c03);
  t.is(entry.c_cc[1], 4);
  t.true(entry.c_cc.length >= 19);
  t.deepEqual(termiosBytes(entry).subarray(0, 36), termios(ICANON).subarray(0, 36));
});

test('numbers of terminals', (t) => {
  t.is(ptsIndex(0x8803), 3);
  t.is(ptsIndex((136 << 8) | 0x2c | (1 << 20)), 300);
  t.is(ptsIndex(0), undefined);
  t.is(ptsIndex(0x401), undefined);
});

test('a pair: an entry for each end, with path, settings, session', (t) => {
  const images = imagesOf(factsOf(pair(3, { session: PID, foreground: PID })), [ttyDump]);
  const infos = images.list('TTY_INFO');
  t.deepEqual(
    infos.map(({ id, type, sid, pgrp, rdev, mode, pty }) => [id, type, sid, pgrp, rdev, mode, pty?.index]),
    [
      [7, TtyType.PTY, PID, PID, 1282, 0o620, 3],
      [6, TtyType.PTY, PID, PID, 34819, 0o620, 3],
    ],
  );
  t.like(infos[0]?.winsize, { ws_row: 33, ws_col: 77, ws_xpixel: 5, ws_ypixel: 6 });
  const model = modelOf(images, { fds });
  for (const file of images.list('FILES')) if (file.type === FdTypes.REG) t.true(isTerminalPath(model, file.id));
});

test('restore: the number that it had, settings, the session before it has children, the group in the foreground', (t) => {
  const images = imagesOf(factsOf(pair(3, { session: PID, foreground: PID, packet: true, locked: true })), [ttyDump]);
  const model = modelOf(images, { fds });
  const findings = new Findings();
  findings.set(TAKEN, new Set([0, 2]));
  const { ops } = compiled(model, images, RESTORE, ['session', 'identity'], { findings });
  t.is(ops.filter((op) => op.includes('"/dev/ptmx"')).length, 2, 'number 1 is free, and is taken and given back');
  const order = [
    /^openat AT_FDCWD, "\/dev\/ptmx"/,
    /^ioctl .*, 0x80045430/,
    /^compare/,
    /^ioctl 101, 0x40045431/,
    /^ioctl 101, 0x402c542b/,
    /^ioctl 101, 21524/,
    /^fchmodat AT_FDCWD, "\/dev\/pts\/3"/,
    /^close/,
  ];
  t.is(missing(ops, order), undefined, ops.join('\n'));
  t.is(
    missing(ops, [
      /^openat AT_FDCWD, "\/dev\/pts\/3"/,
      /^ioctl 101, 21536/,
      /^ioctl 101, 0x40045431/,
      /^ioctl \d+, 21518/,
      /^ioctl \d+, 21520/,
    ]),
    undefined,
    ops.join('\n'),
  );
});

test('unread data: lines end where they ended', (t) => {
  const input = Buffer.from('ab\nc\0d;e');
  const images = imagesOf(factsOf(pair(0, { input, inputEnds: [2, 4, 6], output: Buffer.from('xyz') })), [ttyDump]);
  t.deepEqual(
    images.list('TTY_DATA').map(({ tty_id, data, ends }) => [tty_id, Buffer.from(data).toString(), ends]),
    [
      [1, 'xyz', []],
      [0, 'ab\nc\0d;e', [2, 4, 6]],
    ],
  );
  const { ops } = compiled(modelOf(images, { fds }), images, RESTORE);
  t.is(ops.filter((op) => /, 21522/.test(op)).length, input.length, 'TIOCSTI of each byte');
  t.is(
    ops.filter((op) => /0x402c542b/.test(op)).length,
    1 + 1 + 2 * 2 + 1,
    'raw, canonical, two endings that are declared and taken back, the settings',
  );
});

test('a terminal from outside: refused, but with --shell-job', (t) => {
  const outside = [end(1, TtyEnd.SLAVE, 9, { masterInTree: false })];
  const refusals = (shellJob: boolean, task: object = {}, more: object[] = []) => [
    ...(ttyDump.refuse?.(factsOf([...outside, ...(more as typeof outside)], { task, shellJob })) ?? []),
  ];
  t.regex(refusals(false)[0]?.hint ?? '', /--shell-job/);
  t.deepEqual(refusals(true), []);
  t.is(
    refusals(true, {}, [end(2, TtyEnd.SLAVE, 10, { masterInTree: false })]).length,
    2,
    'two of them cannot both be the caller’s',
  );
  t.regex(refusals(false, { ttyNr: 0x8807 }).at(-1)?.kind ?? '', /controlling terminal \/dev\/pts\/7/);
});

test('restore of a terminal from outside: the caller’s, taken over by a session leader; without --shell-job an error', (t) => {
  const images = imagesOf(
    factsOf([end(1, TtyEnd.SLAVE, 9, { masterInTree: false })], { task: { ttyNr: 0x8809, tpgid: PID }, shellJob: true }),
    [ttyDump],
  );
  const build = (shellJob: boolean) =>
    compiled(modelOf(images, { fds: [[0, 1]] }), images, RESTORE, ['session', 'identity', 'arm'], { shellJob });
  const { ops, plan } = build(true);
  t.like(terminalsOf(plan.model).pairs.get(9), { kind: 'outside', session: PID, foreground: PID });
  t.is(
    missing(ops, [
      /^openat AT_FDCWD, "\/proc\/self\/fd\/0"/,
      /^ioctl \d+, 21518, 1/,
      /^ioctl \d+, 21520/,
      /^ioctl 0, 0x402c542b/,
    ]),
    undefined,
    ops.join('\n'),
  );
  t.false(ops.some((op) => op.includes('ptmx')));
  t.throws(() => build(false), { message: /--shell-job/ });
});

test('hung up: made anew, and its master closed', (t) => {
  const images = imagesOf(factsOf([end(1, TtyEnd.SLAVE, 0, { hungUp: true, masterInTree: false, termios: undefined })]), [
    ttyDump,
  ]);
  const { ops } = compiled(modelOf(images, { fds: [[3, 1]] }), images, RESTORE);
  const master = /^move \$\d+, (\d+)/.exec(
    ops.find((op, i) => i > ops.findIndex((one) => one.includes('ptmx')) && op.startsWith('move')) ?? '',
  )?.[1];
  t.is(ops.at(-1), `close ${master}`);
});
