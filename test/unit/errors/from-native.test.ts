// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { fromNative, StasisError } from '../../../src/errors/index.js';

const native = (failure: object): StasisError => fromNative(new Error(JSON.stringify(failure)));

test('a native failure with all it may say', (t) => {
  const error = native({
    stage: 'read-page-map',
    operation: 'read page map of',
    object: 'pid 412 (redis-server)',
    pid: 412,
    tid: 412,
    call: 'open',
    errno: 13,
    hint: 'needs CAP_SYS_PTRACE',
  });
  t.is(error.message, 'cannot read page map of pid 412 (redis-server): permission denied — needs CAP_SYS_PTRACE');
  t.is(error.kind, 'permission');
  t.is(error.exitCode, 6);
  t.deepEqual(error.details, { stage: 'read-page-map', pid: 412, tid: 412, call: 'open', errno: 13, errnoName: 'EACCES' });
});

test('stage, pid and tid stand in for operation and object', (t) => {
  t.is(native({ stage: 'seize', pid: 7, tid: 9, errno: 3 }).message, 'cannot seize thread 9 of pid 7: no such process');
  t.is(native({ stage: 'seize', pid: 7, errno: 3 }).kind, 'gone');
  t.is(
    native({ stage: 'open-netlink', detail: 'no sock_diag', errno: 38 }).message,
    'cannot open netlink: no sock_diag: function not implemented',
  );
});

test('the native side may name the kind', (t) => {
  t.is(native({ stage: 'seize', kind: 'busy', detail: 'traced by gdb (pid 3)' }).exitCode, 4);
});

test('what is no native failure is unforeseen, and a StasisError stays what it is', (t) => {
  t.is(fromNative(new Error('{"half": 1')).kind, 'internal');
  t.is(fromNative(new TypeError('x is not a function')).cause, 'x is not a function');
  t.is(fromNative('text').cause, 'text');
  const own = new StasisError({ kind: 'image', operation: 'read', object: 'a.img', cause: 'truncated' });
  t.is(fromNative(own), own);
  t.is(fromNative(new Error('')).cause, 'unknown error');
});

test('interrupted exits as a shell reports the signal', (t) => {
  const parts = { kind: 'interrupted', operation: 'dump', object: 'pid 1', cause: 'interrupted by SIGTERM' } as const;
  t.is(new StasisError({ ...parts, details: { signal: 15 } }).exitCode, 143);
  t.is(new StasisError(parts).exitCode, 130);
});

test('JSON has no empty parts, and keeps the sentence when a library has added to the message', (t) => {
  const error = new StasisError({ kind: 'gone', operation: 'dump', object: 'pid 1', cause: 'no such process' });
  error.message = 'Parsing --pid';
  t.deepEqual(error.toJSON(), {
    kind: 'gone',
    exitCode: 5,
    message: 'cannot dump pid 1: no such process',
    operation: 'dump',
    object: 'pid 1',
    cause: 'no such process',
  });
});

test('what the detail says already is not said twice', (t) => {
  const native = new Error(JSON.stringify({ stage: 'look', errno: 3, detail: 'there is no such process: it is a thread' }));
  t.is(fromNative(native).cause, 'there is no such process: it is a thread');
});
