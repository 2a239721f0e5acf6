// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { pidfdDump } from '../../../src/subsystems/descriptors/pidfd/dump.js';
import { descriptorsRestore } from '../../../src/subsystems/descriptors/tables/restore.js';
import { compiled, factsOf, imagesOf, modelOf, PID } from './bench.js';

const RESTORE = [descriptorsRestore];
const handle = (id: number, pid: number, more: object = {}) => ({
  id,
  fd: id + 2,
  kind: 'pidfd' as const,
  flags: 0o2,
  pidfd: { pid },
  ...more,
});

test('opened by whoever holds it, as a handle of the process or of its thread', (t) => {
  const images = imagesOf(factsOf([handle(1, PID, { flags: 0o4002 }), handle(2, PID, { flags: 0o202 })]), [pidfdDump]);
  t.like(images.list('FILES')[0]?.pidfd, { nspid: PID, flags: 0o4002 });
  const model = modelOf(images, {
    fds: [
      [3, 1],
      [4, 2],
    ],
  });
  const { ops } = compiled(model, images, RESTORE, ['descriptors']);
  t.deepEqual(
    ops.filter((op) => op.startsWith('pidfd_open')).map((op) => op.replace(/ →.*/, '')),
    [`pidfd_open ${PID}`, `pidfd_open ${PID}, 128`],
  );
});

test('what cannot be opened anew is refused, by what it is', (t) => {
  const kinds = (descriptions: Parameters<typeof factsOf>[0], more: object = {}) =>
    [...(pidfdDump.refuse?.(factsOf(descriptions, more)) ?? [])].map(({ kind }) => kind);
  t.deepEqual(kinds([handle(1, PID)]), []);
  t.deepEqual(kinds([handle(1, -1), handle(2, 0), handle(3, 99)]), [
    'pidfd of a process that has ended',
    'pidfd of a process out of sight',
    'pidfd of a process outside the tree',
  ]);
  t.deepEqual(kinds([handle(1, 77)], { task: { threads: [{ tid: PID }, { tid: 77 }] } }), ['pidfd of a thread']);
  const epoll = { id: 2, fd: 9, kind: 'epoll' as const, flags: 2, epoll: { targets: [{ fd: 3, description: 1 }] } };
  t.deepEqual(kinds([handle(1, PID), epoll]), []);
  const moved = { ...epoll, epoll: { targets: [{ fd: 30, description: 1 }] } };
  t.deepEqual(kinds([handle(1, PID), moved]), ['shared pidfd'], 'watched by a number that it has no more');
  t.deepEqual(kinds([handle(1, PID, { fd: -1 })]), ['shared pidfd'], 'in flight only');
});
