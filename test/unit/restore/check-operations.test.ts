// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import type { RestoreHost } from '../../../src/plan/tree.js';
import { ArenaBuilder, okOr, type Strand } from '../../../src/program/index.js';
import { demands } from '../../../src/restore/check-operations.js';

const NONE = 0n;
const ALL = (1n << 41n) - 1n;

/** Capabilities that a plan of these calls takes, by number. */
function needed(emit: (root: Strand) => void, capabilities = NONE): number[] {
  const arena = new ArenaBuilder();
  const host = { capabilities, uids: [0, 0, 0, 0], gids: [0, 0, 0, 0], groups: [5] } as unknown as RestoreHost;
  emit(arena.strand(10, 'root'));
  return [...demands(arena.finish(), host)].map(({ capability }) => capability);
}

const [CHOWN, FOWNER, FSETID, SYS_CHROOT, SYS_ADMIN, SYS_RESOURCE, MKNOD] = [0, 3, 4, 18, 21, 24, 27];
const why = 'x';

test('owners: what is given away, or to a group that one is not in', (t) => {
  t.deepEqual(
    needed((root) => root.call('fchown', [20, 1000, 0], { why })),
    [CHOWN],
  );
  t.deepEqual(
    needed((root) => root.call('fchown', [20, 0, 5], { why })),
    [],
    'one of its own groups',
  );
  t.deepEqual(
    needed((root) => root.call('fchownat', [-100, root.path('/x'), 0, 6, 0], { why })),
    [CHOWN],
  );
  t.deepEqual(
    needed((root) => root.call('fchown', [20, 1000, 0], { why, expect: okOr(-1) })),
    [],
    'the restore goes on without',
  );
  t.deepEqual(
    needed((root) => root.call('fchown', [20, 1000, 0], { why }), ALL),
    [],
  );
});

test('modes and times of what is given away by then, and only of that', (t) => {
  const given = (root: Strand, mode: number, at: number) => {
    root.call('fchown', [20, 1000, 6], { why });
    root.call('fchmod', [at, mode], { why });
  };
  t.deepEqual(
    needed((root) => given(root, 0o644, 20)),
    [CHOWN, FOWNER],
  );
  t.deepEqual(
    needed((root) => given(root, 0o644, 21)),
    [CHOWN],
  );
  t.deepEqual(
    needed((root) => given(root, 0o2755, 20)),
    [CHOWN, FOWNER, FSETID],
  );
});

test('devices, root directories, mounts, large pipes', (t) => {
  const calls = (root: Strand) => {
    root.call('mknodat', [-100, root.path('/x'), 0o010600, 0], { why });
    root.call('mknodat', [-100, root.path('/x'), 0o020600, 259], { why });
    root.call('chroot', [root.path('/x')], { why });
    root.call('fsmount', [20, 1, 0], { why });
    root.call('fcntl', [20, 1031, 65536], { why });
    root.call('fcntl', [20, 1031, 2 ** 30], { why });
  };
  t.deepEqual(needed(calls), [MKNOD, SYS_CHROOT, SYS_ADMIN, SYS_RESOURCE]);
});
