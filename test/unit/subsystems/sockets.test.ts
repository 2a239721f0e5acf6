// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { descriptorsRestore } from '../../../src/subsystems/descriptors/tables/restore.js';
import { addressText, socketAddress } from '../../../src/subsystems/network/inet/address.js';
import { inetDump } from '../../../src/subsystems/network/inet/dump.js';
import { unixDump } from '../../../src/subsystems/network/unix/dump.js';
import { unixRestore } from '../../../src/subsystems/network/unix/restore.js';
import { compiled, factsOf, imagesOf, missing, modelOf } from './bench.js';

const RESTORE = [descriptorsRestore, unixRestore];
const STREAM = 1;
const DGRAM = 2;
const ESTABLISHED = 1;
const CLOSE = 7;
const LISTEN = 10;
const fds = [
  [3, 1],
  [4, 2],
] as const;

const options = { sndbuf: 212992, rcvbuf: 212992, linger: -1, rcvlowat: 1 };
const unix = (id: number, socket: object, more: object = {}) => ({
  id,
  fd: id + 2,
  kind: 'unix' as const,
  flags: 2,
  unix: { ino: 1000 + id, type: STREAM, state: ESTABLISHED, options, ...socket },
  ...more,
});
const inet = (id: number, socket: object) => ({
  id,
  fd: id + 2,
  kind: 'inet' as const,
  flags: 2,
  inet: {
    ino: 1000 + id,
    family: 2,
    type: STREAM,
    protocol: 6,
    state: CLOSE,
    source: Buffer.alloc(4),
    destination: Buffer.alloc(4),
    options,
    ...socket,
  },
});

test('a pair: both ends at once, each with its own flags; what waits in one is sent by the other', (t) => {
  const queue = [{ data: Buffer.from('abc') }, { data: Buffer.from('de') }];
  const images = imagesOf(factsOf([unix(1, { peer: 1002, queue, shutdown: 2 }), unix(2, { peer: 1001 }, { flags: 0o4002 })]), [
    unixDump,
  ]);
  t.deepEqual(
    images.withData('SK_QUEUES').map(({ entry, data }) => [entry.id_for, Buffer.from(data).toString()]),
    [
      [1, 'abc'],
      [1, 'de'],
    ],
  );
  const { ops } = compiled(modelOf(images, { fds }), images, RESTORE);
  t.is(ops.filter((op) => op.startsWith('socketpair')).length, 1);
  t.is(
    missing(ops, [/^socketpair 1, 0x80001/, /^fcntl 101, 4, 2048/, /^sendmsg 101/, /^sendmsg 101/, /^shutdown 100, 1/]),
    undefined,
    ops.join('\n'),
  );
});

test('a peer that is gone: its last words come from a stand-in, which is closed', (t) => {
  const images = imagesOf(factsOf([unix(1, { queue: [{ data: Buffer.from('last') }], shutdown: 3, peerClosed: true })]), [
    unixDump,
  ]);
  const { ops } = compiled(modelOf(images, { fds: [[3, 1]] }), images, RESTORE);
  t.is(missing(ops, [/^socketpair/, /^sendmsg 101/, /^close 101/]), undefined, ops.join('\n'));
  t.false(ops.some((op) => op.startsWith('shutdown')));
});

test('messages that bear their senders wait until those exist, and so does a shutdown', (t) => {
  const queue = [{ data: Buffer.from('x'), hasCreds: true, credPid: 11, credUid: 1000, credGid: 100 }];
  const images = imagesOf(factsOf([unix(1, { peer: 1002, queue }), unix(2, { peer: 1001, shutdown: 2 })]), [unixDump]);
  const model = modelOf(images, { fds, others: [11] });
  t.false(compiled(model, images, RESTORE).ops.some((op) => /^(sendmsg|shutdown)/.test(op)));
  const { ops, plan } = compiled(model, images, RESTORE, ['attach']);
  t.is(missing(ops, [/^sendmsg 101/, /^shutdown 101, 1/]), undefined, ops.join('\n'));
  const { bytes } = plan.arena.finish();
  const ucred = Buffer.from(Uint32Array.of(1, 2, 11, 1000, 100).buffer);
  t.true(Buffer.from(bytes).includes(ucred), 'SOL_SOCKET, SCM_CREDENTIALS, pid, uid, gid');
});

test('a listening socket by a relative name: where its file is, not where its holder is now', (t) => {
  const name = Buffer.from('run/sock');
  const listening = unix(1, {
    state: LISTEN,
    backlog: 7,
    name,
    path: Buffer.from('/srv/app/run/sock'),
    nameMode: 0o140755,
    nameUid: 5,
    nameGid: 6,
  });
  const facts = factsOf([listening], { task: { cwd: { path: Buffer.from('/elsewhere') } } });
  const images = imagesOf(facts, [unixDump]);
  const usk = images.list('FILES')[0]?.usk;
  t.is(usk?.name_dir, '/srv/app');
  t.is(Buffer.from(usk?.name ?? []).toString(), 'run/sock\0');
  const { ops, plan } = compiled(modelOf(images, { fds: [[3, 1]] }), images, RESTORE);
  t.is(
    missing(ops, [
      /^chdir "\/srv\/app"/,
      /^bind 100/,
      /^fchmodat .*"\/srv\/app\/run\/sock", 493/,
      /^fchownat .*"\/srv\/app\/run\/sock", 5, 6/,
      /^listen 100, 7/,
    ]),
    undefined,
    ops.join('\n'),
  );
  t.deepEqual([...plan.movedAside], ['/srv/app/run/sock'], 'the old file is moved aside, and comes back if the restore fails');
});

test('a name that leads elsewhere by now: bound below a root directory of its own, and renamed', (t) => {
  const socket = {
    state: LISTEN,
    name: Buffer.from('/run/s'),
    path: Buffer.from('/jail/s'),
    otherNames: [Buffer.from('/jail/t')],
  };
  const images = imagesOf(factsOf([unix(1, socket)], { task: { root: { path: Buffer.from('/jail') } } }), [unixDump]);
  const { ops, plan } = compiled(modelOf(images, { fds: [[3, 1]] }), images, RESTORE);
  const place = '\\/jail\\/\\.stasis-10-bind';
  t.is(
    missing(ops, [
      new RegExp(`^mkdirat AT_FDCWD, "${place}", 448`),
      new RegExp(`^chdir "${place}"`),
      /^chroot "\."/,
      /^mkdirat AT_FDCWD, "\/run", 448/,
      /^bind 100/,
      /^chroot "\."/,
      new RegExp(`^renameat2 AT_FDCWD, "${place}\\/run\\/s", AT_FDCWD, "\\/jail\\/s"`),
      new RegExp(`^unlinkat AT_FDCWD, "${place}\\/run", 512`),
      new RegExp(`^unlinkat AT_FDCWD, "${place}", 512`),
      /^linkat AT_FDCWD, "\/jail\/s", AT_FDCWD, "\/jail\/t"/,
      /^listen 100/,
    ]),
    undefined,
    ops.join('\n'),
  );
  t.deepEqual([...plan.movedAside], ['/jail/.stasis-10-bind', '/jail/s', '/jail/t']);
});

test('a name that is gone: bound where nobody sees it', (t) => {
  const socket = { state: LISTEN, name: Buffer.from('/run/s'), path: Buffer.from('/run/s'), nameDeleted: true };
  const images = imagesOf(factsOf([unix(1, socket), unix(2, socket)]), [unixDump]);
  const { ops, plan } = compiled(modelOf(images, { fds }), images, RESTORE);
  t.is(ops.filter((op) => op.startsWith('fsmount')).length, 1);
  t.is(
    missing(ops, [/^fsmount/, /^fchdir/, /^chroot/, /^bind 100/, /^unlinkat AT_FDCWD, "\/run\/s"/, /^fchdir/, /^chroot/]),
    undefined,
  );
  t.deepEqual([...plan.movedAside], [], 'whatever is there is left alone');
});

test('the name of a closed peer is had for a moment, unless another socket of the tree has it by now', (t) => {
  const left = unix(1, { type: DGRAM, name: Buffer.from('\0a'), peerClosed: true, peerName: Buffer.from('\0b') });
  const other = (name: string) => unix(2, { type: DGRAM, state: CLOSE, name: Buffer.from(name) });
  const refusals = (name: string) => [...(unixDump.refuse?.(factsOf([left, other(name)])) ?? [])].length;
  t.deepEqual([refusals('\0b'), refusals('\0c')], [1, 0]);
  const images = imagesOf(factsOf([left]), [unixDump]);
  const { ops } = compiled(modelOf(images, { fds: [[3, 1]] }), images, RESTORE);
  t.is(missing(ops, [/^bind 100/, /^bind 101/, /^connect 100/, /^close 101/]), undefined, ops.join('\n'));
});

test('datagrams: the queue is filled before the connection keeps other senders out', (t) => {
  const queue = [{ data: Buffer.from('m') }, { data: Buffer.from('of the peer'), address: Buffer.from('\x01\0\0b') }];
  const receiver = unix(1, { type: DGRAM, state: ESTABLISHED, name: Buffer.from('\0a'), queue, peer: 1002 });
  const sender = unix(2, { type: DGRAM, state: ESTABLISHED, name: Buffer.from('\0b'), peer: 1001 });
  const images = imagesOf(factsOf([receiver, sender]), [unixDump]);
  const { ops } = compiled(modelOf(images, { fds }), images, RESTORE);
  t.is(missing(ops, [/^bind 100/, /^sendmsg 102/, /^connect 100/, /^sendmsg 101/, /^close 102/]), undefined, ops.join('\n'));
});

test('datagrams: whoever is connected to a socket is so before that is connected elsewhere', (t) => {
  const chain = [1, 2, 3].map((id) =>
    unix(id, { type: DGRAM, state: ESTABLISHED, name: Buffer.from(`\0${id}`), ...(id > 1 ? { peer: 1000 + id - 1 } : {}) }),
  );
  const images = imagesOf(factsOf(chain), [unixDump]);
  const all = [1, 2, 3].map((id) => [id + 2, id] as const);
  const { ops } = compiled(modelOf(images, { fds: all }), images, RESTORE);
  t.is(missing(ops, [/^connect 102/, /^connect 101/]), undefined, ops.join('\n'));
});

test('TCP: options before bind, buffers before listen; MPTCP is a protocol like any', (t) => {
  const listening = inet(1, {
    state: LISTEN,
    protocol: 262,
    backlog: 5,
    source: Buffer.from([127, 0, 0, 1]),
    sourcePort: 8080,
    options: { ...options, reuseaddr: true },
  });
  const images = imagesOf(factsOf([listening]), [inetDump]);
  t.like(images.list('FILES')[0]?.isk, { proto: 262, src_port: 8080, src_addr: [0x0100007f], state: LISTEN });
  const { ops } = compiled(modelOf(images, { fds: [[3, 1]] }), images, RESTORE, ['descriptors']);
  t.is(
    missing(ops, [
      /^socket 2, 0x80001, 262/,
      /^setsockopt 3, 1, 2, /,
      /^setsockopt 3, 1, 33, /,
      /^bind 3, .*, 16/,
      /^listen 3, 5/,
    ]),
    undefined,
    ops.join('\n'),
  );
});

test('addresses as the kernel and as people have them', (t) => {
  t.is(addressText(2, [0x0100007f], 80), '127.0.0.1:80');
  t.is(addressText(10, [0, 0, 0, 0x01000000], 80), '[::1]:80');
  t.deepEqual([...socketAddress(2, [0x0100007f], 80)], [2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  t.is(socketAddress(10, [0, 0, 0, 0x01000000], 80, 3).readUInt32LE(24), 3);
});
